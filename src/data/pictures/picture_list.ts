/**
 * Pictures as files: which there are, what each shows and which part it is in. Folders (image_folder.ts), lists
 * (split_lists.ts) and tables (labelled_csv.ts) make such a list; read_pictures.ts makes a data set of it.
 */
import { type Text } from '../../text/wording.js';

/** The parts of a data set. */
export type Part = 'train' | 'validation' | 'test';

const USUAL_NAMES: Readonly<Record<Part, readonly string[]>> = {
  train: ['train', 'training'],
  validation: ['validation', 'val', 'valid'],
  test: ['test', 'testing'],
};
export const PARTS = Object.keys(USUAL_NAMES) as readonly Part[];

/** A picture that a data set names, before it is read. */
export interface ListedPicture {
  readonly file: string;
  readonly label: number;
  /** null: for training or testing, which is drawn; see test_part.ts. */
  readonly part: Part | null;
  /** The state of its file when it was found (`PathState.stamp`). Default: it has not been looked at. */
  readonly stamp?: string;
  /** Pictures of one group stay in one part. Default: each by itself. */
  readonly group?: string;
  /** The fields of its row by their columns, where a table names it. */
  readonly fields?: Readonly<Record<string, string>>;
}

/** A file that no image is made of. */
export interface LeftOutFile {
  readonly file: string;
  /** Why, as it is counted: `GIF (not read)`, `hidden`. */
  readonly why: string;
  /** It is a folder: what is in it is not known. */
  readonly isFolder?: true;
}

export interface PictureList {
  /** For messages. */
  readonly name: string;
  readonly classes: readonly string[];
  readonly pictures: readonly ListedPicture[];
  /** Share of the pictures without a part that are for testing. */
  readonly testSplit: number;
  /** What the list leaves out, in words. */
  readonly notes: readonly Text[];
  /** Files beside the pictures, where all of a folder is meant. Default: none. */
  readonly leftOut?: readonly LeftOutFile[];
  /** The column that the classes are values of, where they come from a table. */
  readonly labelColumn?: string;
}

/** The part that one of its usual names stands for. */
export function partNamed(name: string): Part | null {
  return PARTS.find((part) => USUAL_NAMES[part].includes(name.toLowerCase())) ?? null;
}

/** Files and values that a message names; the rest are counted. */
const NAMED = 5;

/** The first few of a list, for a message. */
export function nameSome(texts: readonly string[]): string {
  return `${texts.slice(0, NAMED).join('; ')}${texts.length > NAMED ? '; …' : ''}`;
}
