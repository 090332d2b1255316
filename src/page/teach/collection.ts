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

/** All pictures, class by class, and the class of each. */
export interface Rows {
  readonly pictures: readonly Picture[];
  readonly labels: readonly number[];
}

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
  #next = 1;

  private constructor(database: Database, network: string) {
    this.#database = database;
    this.#network = network;
  }

  /** What this browser has kept. @param network SHA-256 of the network's weights: features of others do not count. */
  static async open(network: string): Promise<Collection> {
    const made = new Collection(await Database.open(), network);
    const classes = await made.#database.all<KeptClass>('classes');
    const pictures = await made.#database.all<KeptPicture>('pictures');
    for (const { id, name } of classes) made.classes.push({ id, name, pictures: [] });
    for (const { id, class: of, name, group, thumbnail, features, of: by } of pictures) {
      const own = made.classes.find((c) => c.id === of);
      own?.pictures.push({ id, name, group, thumbnail, features: by === network ? features : null });
    }
    made.#next = 1 + Math.max(0, ...[...classes, ...pictures].map(({ id }) => id));
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
    };
  }

  async addClass(name: string): Promise<PictureClass> {
    const made: PictureClass = { id: this.#next++, name, pictures: [] };
    await this.#database.put('classes', { id: made.id, name } as KeptClass);
    this.classes.push(made);
    return made;
  }

  async rename(own: PictureClass, name: string): Promise<void> {
    own.name = name;
    await this.#database.put('classes', { id: own.id, name } as KeptClass);
  }

  async removeClass(own: PictureClass): Promise<void> {
    this.classes.splice(this.classes.indexOf(own), 1);
    await this.#database.delete('classes', own.id);
    for (const { id } of own.pictures) await this.#database.delete('pictures', id);
  }

  /** @throws DOMException QuotaExceededError when the browser has no room. */
  async addPicture(own: PictureClass, picture: NewPicture): Promise<Picture> {
    const kept: KeptPicture = { ...picture, id: this.#next++, class: own.id, features: null, of: this.#network };
    await this.#database.put('pictures', kept);
    const { id, name, group, thumbnail } = kept;
    const made: Picture = { id, name, group, thumbnail, features: null };
    own.pictures.push(made);
    return made;
  }

  async removePicture(own: PictureClass, picture: Picture): Promise<void> {
    own.pictures.splice(own.pictures.indexOf(picture), 1);
    await this.#database.delete('pictures', picture.id);
  }

  /** The picture itself. */
  async blobOf({ id }: Picture): Promise<Blob> {
    const kept = await this.#database.get<KeptPicture>('pictures', id);
    if (kept === undefined) throw new Error('the browser has lost a picture: load the page again');
    return kept.picture;
  }

  async keepFeatures(picture: Picture, features: Float32Array): Promise<void> {
    picture.features = features;
    const kept = await this.#database.get<KeptPicture>('pictures', picture.id);
    if (kept !== undefined)
      await this.#database.put('pictures', { ...kept, features, of: this.#network } as KeptPicture);
  }

  async keepTaught(taught: TaughtClasses): Promise<void> {
    await this.#database.put('taught', { id: TAUGHT, ...taught } as Kept);
  }

  /** The network that was fine-tuned at an earlier visit. */
  static async network(): Promise<KeptNetwork | null> {
    return (await (await Database.open()).get<Kept & KeptNetwork>('taught', NETWORK)) ?? null;
  }

  /** From now on features are those of another network. @param features of all rows, in their order. */
  async useNetwork(network: KeptNetwork | null, digest: string, features: readonly Float32Array[]): Promise<void> {
    this.#network = digest;
    if (network === null) await this.#database.delete('taught', NETWORK);
    else await this.#database.put('taught', { id: NETWORK, ...network } as Kept);
    for (const [i, picture] of this.rows().pictures.entries()) {
      if (features[i] === undefined) picture.features = null;
      else await this.keepFeatures(picture, features[i]);
    }
  }

  /** What was taught at an earlier visit, on whatever network. */
  async taught(): Promise<TaughtClasses | null> {
    return (await this.#database.get<Kept & TaughtClasses>('taught', TAUGHT)) ?? null;
  }
}
