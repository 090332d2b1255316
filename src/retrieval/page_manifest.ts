/**
 * page.json: what `weft serve` and `weft page` tell the page about the files that come with it; and what a server
 * answers it.
 */
import {
  count,
  digest,
  fields,
  flag,
  isObject,
  list,
  optional,
  parseChecked,
  positive,
  text,
  type Check,
  type Checks,
} from '../device/files/json_checks.js';
import { ModelError } from '../device/errors.js';
import type { ClassProbability } from '../inference/classifier.js';
import type { SimilarProducts } from './catalogue.js';

/** A file beside the page that is fetched once, with progress, and kept. */
export interface PageFile {
  readonly name: string;
  readonly bytes: number;
  /** SHA-256 of it, in hex: another file has another one, and files of the same one are the same. */
  readonly digest: string;
}

/** A run whose network comes with the page. */
export interface PageRun {
  /** Another for each run of the page. */
  readonly name: string;
  /** The architecture, for people. */
  readonly model: string;
  /** What it tells apart. */
  readonly classes: readonly string[];
  /** What it is given: channels, and pixels a side. */
  readonly input: { readonly channels: number; readonly side: number };
  /** A module that enters the model into the list, where it is of the user's own; null: it is one of Weft's. */
  readonly code: string | null;
  /** Its checkpoint. */
  readonly weights: PageFile;
}

export interface PageManifest {
  /** The first is shown first. None: the page is one to train and to learn with. */
  readonly runs: readonly PageRun[];
  /**
   * Of what the similar products of the first run are found in: its names (see Catalogue), its vectors, and its
   * network's weights, null where pixels made the vectors.
   */
  readonly index: null | {
    readonly catalogue: PageFile;
    readonly features: PageFile;
    readonly weights: PageFile | null;
  };
  /** A network for classes of the visitor's own; null: that of the first run. `weights` is a checkpoint. */
  readonly backbone: null | { readonly name: string; readonly model: string; readonly weights: PageFile };
  /** Whether the server computes for browsers that cannot (POST /classify). */
  readonly classifies: boolean;
  /** The page's own files, without page.json and what the entries above name. */
  readonly files: readonly PageFile[];
}

/** A file below the page's folder: `/` between names, none of which is `.` or `..`. */
const path: Check = (v) => text(v) && (v as string).split('/').every((name) => /^(?!\.{1,2}$)[\w.-]+$/.test(name));

const FILE: Check = fields({ name: path, bytes: count, digest });

const RUN: Checks = {
  name: text,
  model: text,
  classes: list(text),
  'input.channels': positive,
  'input.side': positive,
  code: optional(path),
  weights: FILE,
};

/** @throws ModelError when the text is no page.json, or a field is not what it must be. */
export function parsePageManifest(json: string, file: string): PageManifest {
  const fix = 'write the page anew';
  const { runs } = parseChecked<{ readonly runs: readonly unknown[] }>(json, file, {
    checks: { runs: list(isObject) },
    fix,
  });
  const each = runs.flatMap((_, i) => Object.entries(RUN).map(([key, check]) => [`runs.${i}.${key}`, check] as const));
  const manifest = parseChecked<PageManifest>(json, file, {
    checks: {
      ...Object.fromEntries(each),
      index: optional(fields({ catalogue: FILE, features: FILE, weights: optional(FILE) })),
      backbone: optional(fields({ name: text, model: text, weights: FILE })),
      classifies: flag,
      files: list(FILE),
    },
    fix,
  });
  const names = manifest.runs.map(({ name }) => name);
  const twice = names.find((name, i) => names.indexOf(name) < i);
  if (twice !== undefined) throw new ModelError(`${file}: two of its runs are called ${twice}`, { fix });
  return manifest;
}

/** What the server answers to a picture. */
export interface PageAnswer {
  /** The classes, the likeliest first. */
  readonly top: readonly ClassProbability[];
  /** null without an index. */
  readonly similar: SimilarProducts | null;
}
