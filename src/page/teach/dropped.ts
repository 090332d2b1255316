/** The files of what was dropped, those in folders among them. */

function filesOf(entry: FileSystemEntry): Promise<File[]> {
  if (entry.isFile)
    return new Promise((resolve, reject) =>
      (entry as FileSystemFileEntry).file(
        (file) => resolve([file]),
        (error) => reject(error),
      ),
    );
  const reader = (entry as FileSystemDirectoryEntry).createReader();
  const next = (): Promise<FileSystemEntry[]> => new Promise((resolve, reject) => reader.readEntries(resolve, reject));
  return (async () => {
    const found: File[] = [];
    // a reader gives a hundred at a time
    for (let entries = await next(); entries.length > 0; entries = await next())
      for (const inside of entries) found.push(...(await filesOf(inside)));
    return found;
  })();
}

/** To be called in the event itself: what was dropped is gone afterwards. */
export async function droppedFiles(transfer: DataTransfer | null): Promise<File[]> {
  const entries = Array.from(transfer?.items ?? [], (item) => item.webkitGetAsEntry());
  const found = await Promise.all(entries.filter((entry) => entry !== null).map(filesOf));
  return found.flat();
}
