/** Pictures that come into the tab Classify: chosen, dropped, pasted, or photographed by the machine's camera app. */
import { byId, whenChosen } from './dom.js';

/** @param take is given each, while the tab is in view. */
export function takePictures(take: (file: File) => void): void {
  const [tab, drop] = [byId('classify', HTMLElement), byId('drop', HTMLElement)];
  const took = (files: FileList | readonly File[] | undefined): void => {
    const [first] = files ?? [];
    if (first !== undefined && !tab.hidden) take(first);
  };
  whenChosen('pick', 'file', took);
  whenChosen('photo', 'camera', took);
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
