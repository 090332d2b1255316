/** The option that says how often `weft predict` and `weft eval` look at a picture. */
import { parseViews, type Views } from '../../inference/views.js';
import type { OptionSpec } from './options.js';

export const TTA_OPTION = {
  type: 'string',
  describe:
    'average the probabilities of several views of a picture: flip (mirrored too: 2), crops (corners too: 5), ' +
    'flip,crops (10)',
} as const satisfies OptionSpec;

/** @throws UsageError */
export function viewsFrom(o: Readonly<Record<string, unknown>>): Views | null {
  return o['tta'] === undefined ? null : parseViews(String(o['tta']));
}
