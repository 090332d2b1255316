/** The options of `weft learn`. */
import { SHARED_OPTIONS, type SpecTable } from './options.js';

const FOLDER = {
  folder: { type: 'string', describe: 'your folder: exercises begun, and your progress', default: 'weft-learn' },
} as const satisfies SpecTable;

export const LIST_OPTIONS = { ...FOLDER, json: SHARED_OPTIONS.json } as const satisfies SpecTable;

export const START_OPTIONS = {
  ...FOLDER,
  again: {
    type: 'boolean',
    describe: 'hand the files out anew; what you wrote is kept beside them as NAME.old',
    default: false,
  },
} as const satisfies SpecTable;

export const CHECK_LESSON_OPTIONS = {
  ...FOLDER,
  adapter: SHARED_OPTIONS.adapter,
  json: SHARED_OPTIONS.json,
} as const satisfies SpecTable;

export const HINT_OPTIONS = FOLDER;

export const RUN_LESSON_OPTIONS = {
  ...FOLDER,
  quick: {
    type: 'boolean',
    describe: 'the smallest sizes, one measurement: only to see that it works',
    default: false,
  },
  adapter: SHARED_OPTIONS.adapter,
} as const satisfies SpecTable;
