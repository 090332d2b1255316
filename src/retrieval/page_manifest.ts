/**
 * page.json: what `weft serve` and `weft page` tell the page about the files that come with it; and what a server
 * answers it. Of a page without a run it is LEARN_MANIFEST.
 */
import {
  count,
  digest,
  fields,
  flag,
  list,
  optional,
  parseChecked,
  positive,
  text,
  type Check,
} from '../device/files/json_checks.js';
import type { ClassProbability } from '../inference/classifier.js';
import type { SimilarProducts } from './catalogue.js';

/** A file beside the page that is fetched once, with progress, and kept. */
export interface PageFile {
  readonly name: string;
  readonly bytes: number;
  /** SHA-256 of it, in hex: another file has another one, and files of the same one are the same. */
  readonly digest: string;
}

export interface PageManifest {
  /** The architecture, for people. */
  readonly model: string;
  /** What it tells apart. */
  readonly classes: readonly string[];
  /** What it is given: channels, and pixels a side. */
  readonly input: { readonly channels: number; readonly side: number };
  /** A module that enters the model into the list, where it is of the user's own; null: it is one of Weft's. */
  readonly code: string | null;
  /** The run's checkpoint. */
  readonly weights: PageFile;
  /**
   * Of what the similar products are found in: its names (see Catalogue), its vectors, and its network's weights, null
   * where pixels made the vectors.
   */
  readonly index: null | {
    readonly catalogue: PageFile;
    readonly features: PageFile;
    readonly weights: PageFile | null;
  };
  /** Whether the server computes for browsers that cannot (POST /classify). */
  readonly classifies: boolean;
}

/** page.json of a page that came without a run: to train and to learn with. */
export const LEARN_MANIFEST = { model: null };

const FILE: Check = fields({ name: text, bytes: count, digest });

/**
 * What page.json says; null where it says that the page came without a run.
 * @throws ModelError when the text is no page.json, or a field is not what it must be.
 */
export function parsePageManifest(json: string, file: string): PageManifest | null {
  const fix = 'write the page anew';
  const { model } = parseChecked<{ readonly model: string | null }>(json, file, {
    checks: { model: optional(text) },
    fix,
  });
  if (model === null) return null;
  const index = optional(fields({ catalogue: FILE, features: FILE, weights: optional(FILE) }));
  return parseChecked<PageManifest>(json, file, {
    checks: {
      model: text,
      classes: list(text),
      'input.channels': positive,
      'input.side': positive,
      code: optional(text),
      weights: FILE,
      index,
      classifies: flag,
    },
    fix,
  });
}

/** What the server answers to a picture. */
export interface PageAnswer {
  /** The classes, the likeliest first. */
  readonly top: readonly ClassProbability[];
  /** null without an index. */
  readonly similar: SimilarProducts | null;
}
