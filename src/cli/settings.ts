/** Settings as options: the engine speaks of `valSplit`, the command line of `--val-split`. */
import { spelledText, type Text } from '../text/wording.js';

/** Those that are called otherwise here, or are a value of an option. */
const OTHERWISE: Readonly<Record<string, string>> = {
  validateOnTest: '--validate-on test',
  noTune: '--no-tune',
  'loss.gamma': '--gamma',
  'loss.margin': '--margin',
  'loss.scale': '--scale',
  'loss.temperature': '--temperature',
  'loss.weight': '--supcon-weight',
  'swa.start': '--swa-start',
};

/** `--val-split` for `valSplit`. */
export function optionOf(setting: string): string {
  return OTHERWISE[setting] ?? `--${setting.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

/** A text of the engine, with its settings as options. */
export function withOptions(text: Text): string {
  return spelledText(text, optionOf);
}
