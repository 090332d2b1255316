/** Data sets that are downloaded by name, from where their authors publish them, and where they are then. */
import { cacheDirectory, fileInfo, gunzip, joinPath, makeDirectory, readBytes, writeFileAtomic } from '#platform';
import { parseTar } from 'nanotar';
import { DataError } from '../../device/errors.js';
import { downloadFiles, type DownloadOptions, type RemoteFile } from './download.js';

/** What is published under a name. */
export interface DataSet {
  readonly url: string;
  readonly files: readonly RemoteFile[];
  /** Of an archive: the files that are taken out of it, wherever they lie in it. */
  readonly contents?: readonly string[];
}

const idx = (sizes: readonly number[], md5s: readonly string[]): RemoteFile[] =>
  [
    'train-images-idx3-ubyte.gz',
    'train-labels-idx1-ubyte.gz',
    't10k-images-idx3-ubyte.gz',
    't10k-labels-idx1-ubyte.gz',
  ].map((name, i) => ({ name, bytes: sizes[i], md5: md5s[i] }));

export const DATA_SETS = {
  // Zalando publishes http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/; this is the same bucket over https
  'fashion-mnist': {
    url: 'https://fashion-mnist.s3.eu-central-1.amazonaws.com/',
    files: idx(
      [26421880, 29515, 4422102, 5148],
      [
        '8d4fb7e6c68d591d4c3dfef9ec88bf0d',
        '25c81989df183df01b3e8a0aad5dffbe',
        'bef4ecab320f06d8554ea6380940ec79',
        'bb300cfdad3c16e7a12a480ee83cd310',
      ],
    ),
  },
  mnist: {
    url: 'https://ossci-datasets.s3.amazonaws.com/mnist/',
    files: idx(
      [9912422, 28881, 1648877, 4542],
      [
        'f68b3c2dcbeaaa9fbdd348bbdeb94873',
        'd53e105ee54ea40749a09fcbcd1e9432',
        '9fb629c4189551a2d022fa330f9573f3',
        'ec29112dd5afa0611ce80d1b7f02629c',
      ],
    ),
  },
  cifar10: {
    url: 'https://www.cs.toronto.edu/~kriz/',
    files: [{ name: 'cifar-10-binary.tar.gz', bytes: 170052171, md5: 'c32a1d4ab5d03f1284b67883e8d87530' }],
    contents: [...[1, 2, 3, 4, 5].map((n) => `data_batch_${n}.bin`), 'test_batch.bin', 'batches.meta.txt'],
  },
  cifar100: {
    url: 'https://www.cs.toronto.edu/~kriz/',
    files: [{ name: 'cifar-100-binary.tar.gz', bytes: 168513733, md5: '03b5dce01913d631647c71ecec9e9cb8' }],
    contents: ['train.bin', 'test.bin', 'fine_label_names.txt'],
  },
} as const satisfies Readonly<Record<string, DataSet>>;

export type DataSetName = keyof typeof DATA_SETS;

export const isDataSetName = (name: string): name is DataSetName => Object.hasOwn(DATA_SETS, name);

/** Where a data set is after a download. */
export const dataSetDirectory = (name: DataSetName): string => joinPath(cacheDirectory(), name);

/** What an archive may unpack to: CIFAR's are 180 MB. */
const MOST_BYTES = 2 ** 29;

/** Takes the files out of an archive that has been verified. */
async function takeOut(contents: readonly string[], archive: string, directory: string): Promise<void> {
  const unpacked = await gunzip(await readBytes(archive), MOST_BYTES);
  const entries = parseTar(unpacked, { filter: ({ name }) => contents.includes(name.split('/').at(-1) ?? '') });
  await makeDirectory(directory);
  for (const name of contents) {
    const data = entries.find((entry) => entry.name.split('/').at(-1) === name)?.data;
    if (data === undefined)
      throw new DataError(`${archive}: holds no ${name}`, { fix: 'remove it and download it again' });
    writeFileAtomic(joinPath(directory, name), data);
  }
}

/** Those of a set's files that readers look for and that are not in its folder. */
export async function missingFiles({ files, contents }: DataSet, directory: string): Promise<string[]> {
  const missing: string[] = [];
  for (const name of contents ?? files.map((file) => file.name))
    if ((await fileInfo(joinPath(directory, name))) === null) missing.push(name);
  return missing;
}

/**
 * Downloads a data set to `directory`; what is there is verified, and not fetched again. An archive's files are taken
 * out of it.
 * @throws what `downloadFiles` throws.
 */
export async function downloadDataSet(set: DataSet, directory: string, options: DownloadOptions = {}): Promise<void> {
  await downloadFiles(set.files, set.url, directory, options);
  if (set.contents !== undefined && (await missingFiles(set, directory)).length > 0)
    await takeOut(set.contents, joinPath(directory, set.files[0].name), directory);
}
