/** The visitor's classes and their pictures, in step with what the browser keeps of them. */
import type { TaughtClasses } from '../worker/teach_service.js';
import { Database, type Kept } from './database.js';

/** A picture without its pixels, which stay in the database. */
export interface Picture {
  readonly id: number;
  readonly name: string;
  /** Pictures with the same are of one recording. */
  readonly group: string | null;
  readonly thumbnail: Blob;
  /** null: not computed yet, or on another network. */
  features: Float32Array | null;
}

export interface PictureClass {
  readonly id: number;
  name: string;
  readonly pictures: Picture[];
}

interface KeptClass extends Kept {
  readonly name: string;
}

interface KeptPicture extends Kept {
  readonly class: number;
  readonly name: string;
  readonly group: string | null;
  readonly picture: Blob;
  readonly thumbnail: Blob;
  readonly features: Float32Array | null;
  /** SHA-256 of the network's weights that made them. */
  readonly of: string;
}

/** All pictures, class by class, and the class of each, as they were at one time. */
export interface Rows {
  readonly pictures: readonly Picture[];
  readonly labels: readonly number[];
  /** Names of the classes. */
  readonly classes: readonly string[];
}

/** What was taught at an earlier visit, and the pictures that it was taught on. */
type KeptTaught = Kept & TaughtClasses & { readonly pictures: readonly number[]; readonly labels: readonly number[] };

const isSameList = <T>(a: readonly T[], b: readonly T[]): boolean =>
  a.length === b.length && a.every((value, i) => value === b[i]);

/** A picture to be added. */
export interface NewPicture {
  readonly name: string;
  readonly group: string | null;
  readonly picture: Blob;
  readonly thumbnail: Blob;
}

/** A network that was fine-tuned, and the one that it was made of. */
export interface KeptNetwork {
  /** SHA-256 of the weights that it was made of. */
  readonly base: string;
  readonly digest: string;
  readonly weights: Blob;
}

/** The rows of the store `taught`. */
const [TAUGHT, NETWORK] = [1, 2];

export class Collection {
  readonly classes: PictureClass[] = [];
  readonly #database: Database;
  /** SHA-256 of the network's weights. */
  #network: string;
  #last = 0;

  private constructor(database: Database, network: string) {
    this.#database = database;
    this.#network = network;
  }

  /** What this browser has kept. @param network SHA-256 of the network's weights: features of others do not count. */
  static async open(network: string): Promise<Collection> {
    const made = new Collection(await Database.open(), network);
    const pictures = await made.#database.all<KeptPicture>('pictures');
    const classes = await made.#database.all<KeptClass>('classes'); // later: those of all pictures are among them
    for (const { id, name } of classes) made.classes.push({ id, name, pictures: [] });
    for (const { id, class: of, name, group, thumbnail, features, of: by } of pictures) {
      const own = made.classes.find((c) => c.id === of);
      own?.pictures.push({ id, name, group, thumbnail, features: by === network ? features : null });
    }
    const known = new Set(classes.map(({ id }) => id));
    const lost = pictures.filter((picture) => !known.has(picture.class)); // the page was closed while a class went
    await made.#database.delete(
      'pictures',
      lost.map(({ id }) => id),
    );
    return made;
  }

  /** Whether the browser keeps it for the next visit. */
  get lasts(): boolean {
    return this.#database.lasts;
  }

  rows(): Rows {
    return {
      pictures: this.classes.flatMap(({ pictures }) => pictures),
      labels: this.classes.flatMap(({ pictures }, c) => pictures.map(() => c)),
      classes: this.classes.map(({ name }) => name),
    };
  }

  /** Whether the same pictures are in classes of the same names still. */
  isAsBefore(before: Rows): boolean {
    const now = this.rows();
    return (
      isSameList(now.pictures, before.pictures) &&
      isSameList(now.labels, before.labels) &&
      isSameList(now.classes, before.classes)
    );
  }

  /** Later ones are larger, and no other tab of the browser has the same: it keeps the same pictures. */
  #fresh(): number {
    this.#last = Math.max(this.#last + 1, 1000 * Date.now() + Math.floor(1000 * Math.random()));
    return this.#last;
  }

  hasClass(name: string): boolean {
    return this.classes.some((own) => own.name === name);
  }

  async addClass(name: string, id = this.#fresh()): Promise<PictureClass> {
    const made: PictureClass = { id, name, pictures: [] };
    await this.#database.put('classes', { id, name } as KeptClass);
    this.classes.push(made);
    return made;
  }

  async rename(own: PictureClass, name: string): Promise<void> {
    own.name = name;
    await this.#database.put('classes', { id: own.id, name } as KeptClass);
  }

  async removeClass(own: PictureClass): Promise<void> {
    this.classes.splice(this.classes.indexOf(own), 1);
    await this.#database.delete('classes', [own.id]);
    await this.#database.delete(
      'pictures',
      own.pictures.map(({ id }) => id),
    );
  }

  /** Whether it was taken: its class may be gone. @throws DOMException QuotaExceededError when there is no room. */
  async addPicture(own: PictureClass, picture: NewPicture): Promise<boolean> {
    const kept: KeptPicture = { ...picture, id: this.#fresh(), class: own.id, features: null, of: this.#network };
    const { id, name, group, thumbnail } = kept;
    if (this.classes.includes(own)) await this.#database.put('pictures', kept);
    if (this.classes.includes(own)) own.pictures.push({ id, name, group, thumbnail, features: null });
    else await this.#database.delete('pictures', [id]);
    return this.classes.includes(own);
  }

  async removePicture(own: PictureClass, picture: Picture): Promise<void> {
    const at = own.pictures.indexOf(picture);
    if (at >= 0) own.pictures.splice(at, 1);
    await this.#database.delete('pictures', [picture.id]);
  }

  /** The picture itself; null when it was removed, here or in another tab: it is no class's any more then. */
  async blobOf(picture: Picture): Promise<Blob | null> {
    const kept = await this.#database.get<KeptPicture>('pictures', picture.id);
    if (kept !== undefined) return kept.picture;
    for (const { pictures } of this.classes) {
      const at = pictures.indexOf(picture);
      if (at >= 0) pictures.splice(at, 1);
    }
    return null;
  }

  async keepFeatures(picture: Picture, features: Float32Array): Promise<void> {
    picture.features = features;
    const of = this.#network;
    await this.#database.update<KeptPicture>('pictures', picture.id, (kept) => ({ ...kept, features, of }));
  }

  /** @param rows what it was taught on. */
  async keepTaught(taught: TaughtClasses, { pictures, labels }: Rows): Promise<void> {
    const ids = pictures.map(({ id }) => id);
    await this.#database.put('taught', { id: TAUGHT, ...taught, pictures: ids, labels } as KeptTaught);
  }

  /** The network that was fine-tuned at an earlier visit. */
  static async network(): Promise<KeptNetwork | null> {
    return (await (await Database.open()).get<Kept & KeptNetwork>('taught', NETWORK)) ?? null;
  }

  /** From now on features are those of another network. @param features as far as they are known. */
  async useNetwork(
    network: KeptNetwork | null,
    digest: string,
    features: ReadonlyMap<Picture, Float32Array>,
  ): Promise<void> {
    this.#network = digest;
    for (const picture of this.rows().pictures) picture.features = null;
    if (network === null) await this.#database.delete('taught', [NETWORK]);
    else await this.#database.put('taught', { id: NETWORK, ...network } as Kept);
    for (const [picture, own] of features) await this.keepFeatures(picture, own);
  }

  /** What was taught at an earlier visit on these very pictures and names, on whatever network. */
  async taught({ pictures, labels, classes }: Rows): Promise<TaughtClasses | null> {
    const kept = await this.#database.get<KeptTaught>('taught', TAUGHT);
    const isSame =
      kept !== undefined &&
      isSameList(
        pictures.map(({ id }) => id),
        kept.pictures ?? [],
      ) &&
      isSameList(labels, kept.labels) &&
      isSameList(classes, kept.taught.classes);
    return isSame ? kept : null;
  }
}
