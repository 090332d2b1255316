/** Which rows of a table are meant: `category=Footwear,gender=Men`, all of which must hold. */
import { UsageError } from '../../device/errors.js';
import { normalName } from '../names.js';
import { settingNamed, worded } from '../../text/wording.js';

export interface RowCondition {
  /** In any case. */
  readonly column: string;
  readonly value: string;
}

/** @param setting that the text was given for. @throws UsageError when it is no such list. */
export function parseRowFilter(text: string, setting: string): readonly RowCondition[] {
  return normalName(text)
    .split(',')
    .map((part) => {
      const at = part.indexOf('=');
      const [column, value] = [part.slice(0, at).trim(), part.slice(at + 1).trim()];
      if (at < 0 || column === '' || value === '')
        throw new UsageError(worded`${settingNamed(setting)} ${JSON.stringify(text)} is no list of column=value`, {
          fix: worded`e.g. ${settingNamed(setting)} category=Footwear,gender=Men`,
        });
      return { column, value };
    });
}

export function isRowFilter(text: string): boolean {
  try {
    return parseRowFilter(text, 'where').length > 0;
  } catch {
    return false;
  }
}

export function isCondition({ value }: RowCondition, field: string): boolean {
  return normalName(field.trim()) === normalName(value);
}
