/** The third tab, loaded when it is first shown: kernels to write, and a network laid open. */
import { byId } from '../dom.js';
import { canCompute } from '../engine.js';
import { say, show } from '../words/words.js';
import { KernelLab } from './kernel_lab.js';
import { OpenPart } from './open_part.js';

/** Builds the tab; to be called once, when it is in view. */
export async function openLearnTab(): Promise<void> {
  byId('lab', HTMLElement).hidden = false;
  new KernelLab();
  new OpenPart();
  const status = byId('learn-status', HTMLElement);
  show(status, '');
  if (await canCompute) return;
  byId('kernel-run', HTMLButtonElement).disabled = true;
  say(status, ({ lab }) => lab.needs);
}
