/** Failures of libraries that nobody hears of. */

/**
 * Runs what may fail twice at once and tells of the first failure only (hyparquet reads columns beside each other): the
 * second would end the program, as nobody hears of it.
 */
export async function heardOnce<T>(body: () => Promise<T>): Promise<T> {
  const pass = (): void => {};
  process.on('unhandledRejection', pass);
  try {
    return await body();
  } finally {
    await new Promise((resolve) => setImmediate(resolve)); // by then it has failed, too
    process.off('unhandledRejection', pass);
  }
}
