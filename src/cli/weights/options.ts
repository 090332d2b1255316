/** The options of `weft weights download`. */
import { SHARED_OPTIONS, type SpecTable } from '../options/options.js';

export const WEIGHTS_OPTIONS = {
  'base-url': { type: 'string', describe: 'where to fetch from instead (also $WEFT_MIRROR)' },
  json: SHARED_OPTIONS.json,
} as const satisfies SpecTable;
