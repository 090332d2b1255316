/** What went wrong. The engine's messages are English already. */
import type { ErrorWords } from '../errors.js';

export const ERRORS: ErrorWords = {
  known: [],
  other: (message, fix) => {
    const sentence = message.replace(/\.$/, '');
    return fix === undefined ? `${sentence}.` : `${sentence}. To mend it: ${fix}.`;
  },
};
