/** `weft data download`: fetches a data set. */
import { DATA_SETS, dataSetDirectory, downloadDataSet, type DataSetName } from '../../../data/files/data_sets.js';
import { DOWNLOAD_NAME, DOWNLOAD_OPTIONS } from '../../options/data/data_options.js';
import type { Parsed } from '../../declare/declared.js';
import { checkValue, resolveOptions } from '../../options/options.js';
import { hasLiveLine, printJson, say, showLive } from '../../output.js';

export async function run(argv: Parsed): Promise<void> {
  const o = resolveOptions(DOWNLOAD_OPTIONS, argv);
  const name = checkValue('data set', DOWNLOAD_NAME, argv['name'], '') as DataSetName;
  const directory = o['dir'] === undefined ? dataSetDirectory(name) : String(o['dir']);
  const shown = new Set<string>();
  await downloadDataSet(DATA_SETS[name], directory, {
    ...(o['base-url'] === undefined ? {} : { baseUrl: String(o['base-url']) }),
    onProgress: ({ file, received, total, resumed }) => {
      if (hasLiveLine()) showLive(`${file} ${(received / 1e6).toFixed(1)} of ${(total / 1e6).toFixed(1)} MB`);
      else if (!shown.has(file))
        say(`${file}: ${(total / 1e6).toFixed(1)} MB${resumed ? ', going on where it stopped' : ''}`);
      shown.add(file);
    },
  }).finally(() => showLive(''));
  say(`${name} is in ${directory}`);
  if (argv['json'] === true) printJson({ name, directory });
}
