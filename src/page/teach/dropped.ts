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
  const items = Array.from(transfer?.items ?? []).filter(({ kind }) => kind === 'file');
  const found = items.map((item) => {
    const [entry, file] = [item.webkitGetAsEntry(), item.getAsFile()];
    // a picture out of another page is no file of a folder; one that cannot be read says so when it is taken
    const own = file === null ? [] : [file];
    return entry === null ? own : filesOf(entry).catch(() => own);
  });
  return (await Promise.all(found)).flat();
}
