/** The one device that both tabs compute on, opened when the page loads. */
import { Device } from '../device/device.js';
import { AdapterError } from '../device/errors.js';
import { byId, inWords } from './dom.js';

/** Why there is no device, in a visitor's words. */
function whyMissing(error: unknown): string {
  if (!(error instanceof AdapterError)) return inWords(error);
  if (!isSecureContext)
    return 'This page came over http; browsers offer WebGPU, with which it computes, over https only.';
  return 'gpu' in navigator
    ? 'This browser finds no GPU to compute on. Is hardware acceleration on in its settings?'
    : 'This browser has no WebGPU, with which this page computes. A recent Chrome, Edge, Safari or Firefox has it.';
}

/** The device, or null where this browser has no WebGPU; the reason is on the page then. */
export const device: Promise<Device | null> = Device.create().then(
  (opened) => {
    byId('engine', HTMLElement).textContent = `Computing in this browser on ${opened.name}`;
    return opened;
  },
  (error: unknown) => {
    byId('engine', HTMLElement).textContent = 'WebGPU is missing';
    const notice = byId('missing', HTMLElement);
    notice.textContent = whyMissing(error);
    notice.hidden = false;
    return null;
  },
);
