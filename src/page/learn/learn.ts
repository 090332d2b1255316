/** The third tab, loaded when it is first shown: kernels to write, and a network laid open. */
import { byId } from '../dom.js';
import { canCompute } from '../engine.js';
import { KernelLab } from './kernel_lab.js';
import { OpenPart } from './open_part.js';

/** Builds the tab; to be called once, when it is in view. */
export async function openLearnTab(): Promise<void> {
  byId('lab', HTMLElement).hidden = false;
  new KernelLab();
  new OpenPart();
  const status = byId('learn-status', HTMLElement);
  status.textContent = '';
  if (await canCompute) return;
  byId('kernel-run', HTMLButtonElement).disabled = true;
  status.textContent = 'Running kernels needs WebGPU, which this browser does not offer.';
}
