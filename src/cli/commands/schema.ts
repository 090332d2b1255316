/** `weft schema`: the files that Weft takes, as JSON Schema; with files, whether they are such. */
import { UsageError, WeftError } from '../../device/errors.js';
import { readYaml } from '../../data/files/yaml_file.js';
import { checkDocument } from '../schema/check_file.js';
import { DOCUMENTS, jsonSchema, type DocumentName } from '../schema/documents.js';
import type { Parsed } from '../declare/declared.js';
import { printData, printJson, say } from '../output.js';
import { optionOf } from '../settings.js';

export async function run(argv: Parsed): Promise<void> {
  const name = String(argv['name']);
  if (!(name in DOCUMENTS))
    throw new UsageError(`there is no schema ${JSON.stringify(name)}`, {
      fix: `weft schema ${Object.keys(DOCUMENTS).join('|')}`,
    });
  const kind = name as DocumentName;
  const files = (argv['files'] ?? []) as readonly string[];
  if (files.length === 0) return printData(jsonSchema(kind));
  const checked: { file: string; error: string | null }[] = [];
  for (const file of files) {
    try {
      checkDocument(kind, await readYaml(file, 'config', 'give a YAML or JSON file'), file);
      checked.push({ file, error: null });
    } catch (error) {
      if (!(error instanceof WeftError)) throw error;
      const { message, fix } = error.spelled(optionOf);
      say(`${message}${fix === undefined ? '' : `\n  fix: ${fix}`}`);
      checked.push({ file, error: message });
    }
  }
  const wrong = checked.filter(({ error }) => error !== null).length;
  if (argv['json'] === true) printJson({ name, wrong, files: checked });
  say(`${files.length - wrong} of ${files.length} files are right`);
  if (wrong > 0)
    throw new UsageError(`${wrong} ${wrong === 1 ? 'file is' : 'files are'} no ${kind} file`, { fix: 'see above' });
}
