/** What was taught as files to take home, and pictures that come as a file. */
import { byId, inWords } from '../dom.js';
import { engine } from '../engine.js';
import type { PageManifest } from '../../retrieval/page_manifest.js';
import type { HomeForm } from '../worker/take_home.js';
import { say } from '../words/words.js';
import type { Collection } from './collection.js';

const FILES: Readonly<Record<HomeForm, readonly [name: string, type: string]>> = {
  run: ['my-classes-run.zip', 'application/zip'],
  onnx: ['my-classes.onnx', 'application/octet-stream'],
  page: ['my-classes-page.zip', 'application/zip'],
};

/** Bytes as people say it. */
const size = (bytes: number): string =>
  bytes < 1e6 ? `${Math.ceil(bytes / 1e3)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;

export class HomePart {
  readonly #status = byId('home-status', HTMLElement);

  constructor(manifest: PageManifest, collection: Collection) {
    for (const form of ['run', 'onnx', 'page'] as const)
      this.#offer(`home-${form}`, ...FILES[form], () => engine.ask('teach', 'takeHome', [form, manifest]));
    this.#offer('home-pictures', 'my-classes-pictures.zip', 'application/zip', async () => {
      const classes = [];
      for (const { name, pictures } of collection.classes) {
        const own = await Promise.all(pictures.map(async (p) => [p, await collection.blobOf(p)] as const));
        const kept = own.flatMap(([p, blob]) => (blob === null ? [] : [{ name: p.name, group: p.group, blob }]));
        classes.push({ name, pictures: kept });
      }
      return engine.ask('teach', 'zip', [classes]);
    });
  }

  /** Whether there is something taught to take home. */
  allow(isTaught: boolean): void {
    for (const form of Object.keys(FILES)) byId(`home-${form}`, HTMLButtonElement).disabled = !isTaught;
  }

  #offer(id: string, name: string, type: string, make: () => Promise<Uint8Array>): void {
    const button = byId(id, HTMLButtonElement);
    button.addEventListener('click', () => {
      button.setAttribute('aria-busy', 'true');
      say(this.#status, ({ teach }) => teach.packing);
      make()
        .then((bytes) => {
          this.#save(name, new Blob([bytes as Uint8Array<ArrayBuffer>], { type }));
          say(this.#status, ({ teach }) => teach.saved(name, size(bytes.length)));
        })
        .catch((error: unknown) => say(this.#status, inWords(error)))
        .finally(() => button.removeAttribute('aria-busy'));
    });
  }

  #save(name: string, file: Blob): void {
    const link = document.createElement('a');
    link.href = URL.createObjectURL(file);
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60_000); // when it has surely begun
  }
}
