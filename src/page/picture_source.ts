/** Pictures that come in: chosen, dropped, pasted, or photographed by the machine's own camera app. */
import { byId } from './dom.js';

/** Ids of a tab's elements. */
interface Places {
  readonly tab: string;
  readonly drop: string;
  readonly pick: string;
  readonly file: string;
  readonly photo: string;
  readonly camera: string;
}

export class PictureSource {
  /** @param take is given the files of one choice, one at least. It is asked only while its tab is in view. */
  constructor(places: Places, take: (files: readonly [File, ...File[]]) => void) {
    const tab = byId(places.tab, HTMLElement);
    const drop = byId(places.drop, HTMLElement);
    const took = (files: FileList | null | undefined): void => {
      const [first, ...more] = files ?? [];
      if (first !== undefined && !tab.hidden) take([first, ...more]);
    };
    for (const [button, input] of [
      [places.pick, places.file],
      [places.photo, places.camera],
    ]) {
      const chooser = byId(input, HTMLInputElement);
      byId(button, HTMLButtonElement).addEventListener('click', () => chooser.click());
      chooser.addEventListener('change', () => {
        took(chooser.files);
        chooser.value = ''; // so that the same file can be chosen again
      });
    }
    document.addEventListener('dragover', (event) => {
      event.preventDefault(); // else the browser leaves the page for the file
      drop.classList.toggle('over', event.target instanceof Node && drop.contains(event.target));
    });
    document.addEventListener('drop', (event) => {
      event.preventDefault();
      drop.classList.remove('over');
      took(event.dataTransfer?.files);
    });
    document.addEventListener('paste', (event) => took(event.clipboardData?.files));
  }
}
