/** The one device that both tabs compute on, opened when the page loads. */
import { Device } from '../device/device.js';
import { byId, inWords } from './dom.js';

/** The device, or null where this browser has no WebGPU; the reason is on the page then. */
export const device: Promise<Device | null> = Device.create().then(
  (opened) => {
    byId('engine', HTMLElement).textContent = `Computing in this browser on ${opened.name}`;
    return opened;
  },
  (error: unknown) => {
    byId('engine', HTMLElement).textContent = 'WebGPU is missing';
    const notice = byId('missing', HTMLElement);
    notice.textContent = `This browser cannot compute here: ${inWords(error)}`;
    notice.hidden = false;
    return null;
  },
);
