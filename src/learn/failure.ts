/** Why an exercise is not solved yet, in words for the one who solves it. */

/** An exercise is not solved yet. Its message is written for the one who solves it. */
export class ExerciseError extends Error {
  /** What kind of mistake makes this, where the check knows one. */
  readonly mistake: string | undefined;

  constructor(message: string, mistake?: string) {
    super(message);
    this.name = 'ExerciseError';
    this.mistake = mistake;
  }
}

/** Why a test failed: what is wrong, and which mistake makes that, where it is known. */
export interface Failure {
  readonly message: string;
  readonly mistake: string | undefined;
}

/** Runs a test: null, or why it failed. What the reader's own code throws is told with its place. */
export async function failureOf(body: () => void | Promise<void>): Promise<Failure | null> {
  try {
    await body();
    return null;
  } catch (error) {
    if (error instanceof ExerciseError) return { message: error.message, mistake: error.mistake };
    const thrown = error instanceof Error ? `${error.name}: ${error.message}${placeIn(error)}` : String(error);
    return { message: `it throws ${thrown}`, mistake: undefined };
  }
}

/** Where in the reader's file an error was thrown: the first place that is of no package and not Node's. */
function placeIn(error: Error): string {
  const at = /\(?(file:\/\/\S+?|\/\S+?)(?:\?\S*?)?:(\d+):(\d+)\)?$/m.exec(
    (error.stack ?? '')
      .split('\n')
      .filter((line) => /^\s+at /.test(line) && !/node:|\/dist\/src\/|node_modules/.test(line))
      .join('\n'),
  );
  return at === null ? '' : `\n    at ${at[1].split('/').at(-1)}:${at[2]}:${at[3]}`;
}
