/** What a command line names again to go on with a run that has code of the user's own. */
import { readerOf } from '../../data/own_reader.js';
import { shellWord } from '../../text/shell_word.js';
import { ownModulesOf, type OwnParts } from '../../train/own_modules.js';

/** ` --model ./my_model.ts --data ./reader.ts:FOLDER`; empty where all is Weft's. */
export function namedAgain(config: OwnParts): string {
  const argument = readerOf(config.data)?.argument ?? '';
  return ownModulesOf(config)
    .map(
      ({ kind, file }) =>
        ` --${kind} ${shellWord(`${file}${kind === 'data' && argument !== '' ? `:${argument}` : ''}`)}`,
    )
    .join('');
}
