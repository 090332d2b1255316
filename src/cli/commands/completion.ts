/** `weft completion SHELL`: prints a script with which a shell completes command lines of Weft. */
import { UsageError } from '../../device/errors.js';
import { bashScript } from '../completion/bash.js';
import { fishScript } from '../completion/fish.js';
import { commandWords } from '../completion/words.js';
import { zshScript } from '../completion/zsh.js';
import type { Parsed, Sections } from '../declare/declared.js';
import { print } from '../output.js';

const SCRIPTS = { bash: bashScript, zsh: zshScript, fish: fishScript };

/** Shells that there are scripts for. */
export async function run(argv: Parsed, sections: Sections): Promise<void> {
  const shell = String(argv['shell']);
  if (!(shell in SCRIPTS))
    throw new UsageError(`there is no completion for ${JSON.stringify(shell)}`, {
      fix: `weft completion ${Object.keys(SCRIPTS).join('|')}`,
    });
  print(SCRIPTS[shell as keyof typeof SCRIPTS](commandWords(sections)).trimEnd());
}
