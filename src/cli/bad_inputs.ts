/** Files among those that a command is asked about which cannot be read. */
import { DataError } from '../device/errors.js';
import { say } from './output.js';
import { optionOf } from './settings.js';

/** Each is named at once, the others are answered, and at the end the command fails. */
export class BadInputs {
  readonly errors: { readonly file: string; readonly error: string }[] = [];
  readonly #fixes = new Set<string>();

  /** @throws the error itself when it is not about the file. */
  readonly add = (file: string, error: unknown): void => {
    if (!(error instanceof DataError)) throw error;
    const { message, fix } = error.spelled(optionOf);
    this.errors.push({ file, error: message });
    if (fix !== undefined) this.#fixes.add(fix);
    say(`weft: ${message}`);
  };

  /** @throws DataError when there were any. @param answered how many others there were. */
  end(answered: number): void {
    const bad = this.errors.length;
    if (bad === 0) return;
    const which = `${bad} ${bad === 1 ? 'file, folder or pattern' : 'files, folders or patterns'} could not be read`;
    const [fix, ...others] = this.#fixes;
    const options = fix !== undefined && others.length === 0 ? { fix } : {};
    throw new DataError(`${which}; ${answered > 0 ? 'the others are answered' : 'nothing is answered'}`, options);
  }
}
