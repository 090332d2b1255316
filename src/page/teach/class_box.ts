/** The box of one class: its name, its pictures, and the ways by which more come in. */
import { make } from '../dom.js';
import { label, say, show } from '../words/words.js';
import { Camera, whyNoCamera } from './camera.js';
import type { Picture, PictureClass } from './collection.js';
import { droppedFiles } from './dropped.js';

/** Thumbnails of a box; all pictures count, but nobody looks at hundreds. */
const SHOWN = 60;
/** Between two frames of a recording, in milliseconds: nearer ones are the same picture. */
const FRAME_EVERY = 200;

/** A file that came in, and the recording that it is of. */
export interface Incoming {
  readonly file: Blob;
  readonly name: string;
  readonly group: string | null;
}

/** What a box asks of its tab. */
export interface BoxActions {
  readonly add: (own: PictureClass, files: readonly Incoming[]) => Promise<void>;
  /** Returns whether it may be called so. */
  readonly rename: (own: PictureClass, name: string) => boolean;
  readonly removePicture: (own: PictureClass, picture: Picture) => void;
  readonly removeClass: (own: PictureClass) => void;
  /** Before its camera opens: that of another is closed. */
  readonly closeCameras: () => void;
}

const button = (className = ''): HTMLButtonElement => make('button', '', className) as HTMLButtonElement;

function chooser(isFolder: boolean): HTMLInputElement {
  const made = make('input') as HTMLInputElement;
  made.type = 'file';
  made.hidden = made.multiple = true;
  made.accept = 'image/jpeg,image/png,image/webp';
  made.webkitdirectory = isFolder;
  return made;
}

export const incoming = (files: Iterable<File>): Incoming[] =>
  Array.from(files, (file) => ({ file, name: file.name, group: null }));

export class ClassBox {
  readonly element = make('section', '', 'box');
  readonly #own: PictureClass;
  readonly #actions: BoxActions;
  readonly #count = make('span', '', 'small');
  readonly #thumbnails = make('ul', '', 'thumbnails');
  readonly #more = make('p', '', 'small');
  readonly #problem = make('p', '', 'problem');
  readonly #video = make('video', '', 'camera') as HTMLVideoElement;
  readonly #camera = new Camera(this.#video, () => this.closeCamera());
  readonly #open = button();
  readonly #hold = button('primary');
  readonly #urls = new Map<number, string>();
  readonly #remove = button('remove');
  /** Is set to end a recording; null when there is none. */
  #recorded: { isEnded: boolean } | null = null;

  constructor(own: PictureClass, actions: BoxActions) {
    this.#own = own;
    this.#actions = actions;
    const name = make('input', '', 'class-name') as HTMLInputElement;
    name.value = own.name;
    name.maxLength = 80;
    label(name, 'aria-label', (words) => words.teach.nameLabel);
    name.addEventListener('change', () => {
      const text = name.value.trim();
      if (text === '' || !actions.rename(own, text)) name.value = own.name;
    });
    show(this.#remove, '×');
    this.#remove.addEventListener('click', () => actions.removeClass(own));
    const head = make('div', '', 'box-head');
    head.append(name, this.#count, this.#remove);
    this.#video.muted = this.#video.playsInline = true;
    label(this.#video, 'aria-label', (words) => words.teach.liveView);
    this.#thumbnails.setAttribute('role', 'list');
    this.#problem.setAttribute('role', 'alert');
    this.#video.hidden = this.#problem.hidden = true;
    this.element.append(
      head,
      this.#buttons(),
      this.#video,
      this.#recording(),
      this.#problem,
      this.#thumbnails,
      this.#more,
    );
    this.#takeDrops();
    this.draw();
  }

  #buttons(): HTMLElement {
    const row = make('p', '', 'buttons');
    for (const isFolder of [false, true]) {
      const input = chooser(isFolder);
      const open = button();
      say(open, ({ teach }) => (isFolder ? teach.addFolder : teach.addPictures));
      label(input, 'aria-label', ({ teach }) => (isFolder ? teach.addFolder : teach.addPictures));
      open.addEventListener('click', () => input.click());
      input.addEventListener('change', () => {
        void this.#actions.add(this.#own, incoming(input.files ?? []));
        input.value = ''; // so that the same can be chosen again
      });
      row.append(open, input);
    }
    say(this.#open, ({ teach }) => teach.cameraOpen);
    this.#open.addEventListener('click', () => void this.#toggleCamera());
    row.append(this.#open);
    return row;
  }

  #recording(): HTMLElement {
    const row = make('p', '', 'buttons');
    row.append(this.#hold);
    this.#hold.hidden = true;
    say(this.#hold, ({ teach }) => teach.hold);
    const stop = (): void => this.#endRecording();
    this.#hold.addEventListener('pointerdown', (event) => {
      this.#hold.setPointerCapture(event.pointerId);
      void this.#record();
    });
    for (const end of ['pointerup', 'pointercancel', 'blur', 'keyup'] as const) this.#hold.addEventListener(end, stop);
    this.#hold.addEventListener('keydown', ({ key, repeat }) => {
      if (!repeat && (key === ' ' || key === 'Enter')) void this.#record();
    });
    this.#hold.addEventListener('contextmenu', (event) => event.preventDefault()); // what a long touch brings
    return row;
  }

  #takeDrops(): void {
    const { element } = this;
    element.tabIndex = -1; // pasting goes where the focus is
    element.addEventListener('dragover', (event) => {
      event.preventDefault();
      element.classList.add('over');
    });
    element.addEventListener('dragleave', () => element.classList.remove('over'));
    element.addEventListener('drop', (event) => {
      event.preventDefault();
      event.stopPropagation(); // else the tab takes them as a picture to ask about
      element.classList.remove('over');
      void droppedFiles(event.dataTransfer).then((files) => this.#actions.add(this.#own, incoming(files)));
    });
    element.addEventListener('paste', (event) => {
      const files = incoming(event.clipboardData?.files ?? []);
      if (files.length === 0) return; // text, for the name
      event.stopPropagation();
      void this.#actions.add(this.#own, files);
    });
  }

  async #toggleCamera(): Promise<void> {
    if (this.#camera.isOn) return this.closeCamera();
    this.#actions.closeCameras();
    this.#problem.hidden = true;
    try {
      if (!(await this.#camera.start())) return;
      this.#video.hidden = this.#hold.hidden = false;
      say(this.#open, ({ teach }) => teach.cameraClose);
    } catch (error) {
      say(this.#problem, whyNoCamera(error));
      this.#problem.hidden = false;
    }
  }

  #endRecording(): void {
    if (this.#recorded !== null) this.#recorded.isEnded = true;
    this.#recorded = null;
  }

  closeCamera(): void {
    this.#endRecording();
    this.#camera.stop();
    this.#video.hidden = this.#hold.hidden = true;
    say(this.#open, ({ teach }) => teach.cameraOpen);
  }

  /** Takes frames as long as the button is held. */
  async #record(): Promise<void> {
    if (this.#recorded !== null) return;
    const own = (this.#recorded = { isEnded: false });
    const group = `recording ${Date.now()}`;
    const frames: Incoming[] = [];
    while (!own.isEnded && this.#camera.isOn) {
      const file = await this.#camera.photo();
      if (file !== null) frames.push({ file, name: `${group}-${frames.length + 1}.jpg`, group });
      const taken = frames.length;
      if (!own.isEnded) say(this.#hold, ({ teach }) => teach.recording(taken));
      await new Promise((resolve) => setTimeout(resolve, FRAME_EVERY));
    }
    if (this.#recorded === own) this.#recorded = null;
    if (this.#recorded === null) say(this.#hold, ({ teach }) => teach.hold);
    await this.#actions.add(this.#own, frames);
  }

  /** Shows its pictures as they are now. */
  draw(): void {
    const { pictures, name } = this.#own;
    this.element.setAttribute('aria-label', name);
    label(this.#remove, 'aria-label', ({ teach }) => teach.removeClass(name));
    say(this.#count, ({ teach }) => (pictures.length === 0 ? teach.dropHere : teach.pictures(pictures.length)));
    const shown = pictures.slice(-SHOWN);
    const known = new Set(pictures.map(({ id }) => id));
    for (const [id, url] of this.#urls) {
      if (known.has(id)) continue;
      URL.revokeObjectURL(url);
      this.#urls.delete(id);
    }
    this.#thumbnails.replaceChildren(...shown.map((picture, i) => this.#thumbnail(picture, i + 1)));
    say(this.#more, ({ teach }) => (pictures.length > SHOWN ? teach.more(pictures.length - SHOWN) : ''));
  }

  #thumbnail(picture: Picture, nth: number): HTMLElement {
    const { id, name, thumbnail } = picture;
    const item = make('li');
    const image = new Image();
    const url = this.#urls.get(id) ?? URL.createObjectURL(thumbnail);
    this.#urls.set(id, url);
    image.src = url;
    image.alt = name;
    const remove = button('remove');
    show(remove, '×');
    label(remove, 'aria-label', ({ teach }) => teach.removePicture(this.#own.name, nth));
    remove.addEventListener('click', () => this.#actions.removePicture(this.#own, picture));
    item.append(image, remove);
    return item;
  }

  /** Takes it off the page. */
  end(): void {
    this.closeCamera();
    for (const url of this.#urls.values()) URL.revokeObjectURL(url);
    this.element.remove();
  }
}
