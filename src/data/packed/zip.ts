/** A zip file of pictures, in folders of classes. */
import { fileInfo, joinPath, listDirectory, readBytes, sha256 } from '#platform';
import { isHidden } from '../pictures/file_kind.js';
import { unpackedFolder } from './unpacked.js';
import { entriesOf, unzipped } from './zip_entries.js';

/** Unpacked at a time. */
const BATCH_BYTES = 2 ** 26;
/** The folder of a zip file's contents. @throws DataError when it is damaged, or leads out of its folder. */
export async function zipFolder(file: string): Promise<string> {
  const bytes = await readBytes(file);
  const folder = await unpackedFolder(['zip', sha256([bytes])], file, async (put) => {
    let batch = new Set<string>();
    let size = 0;
    const flush = async (): Promise<void> => {
      const contents = unzipped(bytes, file, ({ name }) => batch.has(name));
      for (const name of batch) await put(name, contents[name]);
      [batch, size] = [new Set(), 0];
    };
    for (const { name, originalSize } of entriesOf(bytes, file)) {
      if (size + originalSize > BATCH_BYTES) await flush();
      batch.add(name);
      size += originalSize;
    }
    await flush();
  });
  return onlyFolder(folder);
}

/** Where all lies in one folder of another, as when a folder was packed: that one. */
async function onlyFolder(folder: string): Promise<string> {
  const names = (await listDirectory(folder)).filter((name) => !isHidden(name));
  if (names.length !== 1) return folder;
  const inner = joinPath(folder, names[0]);
  return (await fileInfo(inner))?.isDirectory === true ? onlyFolder(inner) : folder;
}
