/**
 * The course: every solution passes its check, every starting point fails with the message that lesson.json promises,
 * every plausible wrong solution with the one that wrong.json names, and every lesson's program runs.
 */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import * as assert from 'uvu/assert';
import { checkExercise, checkLines } from '../../src/cli/learn/check.js';
import { exercisesOf, lessons } from '../../src/cli/learn/course.js';
import { weft } from '../cli/weft.js';
import { gpuSuite, testDevice } from '../support/gpu.js';
import { wrongNotes, wrongSolutions } from '../support/wrong_solutions.js';

const test = gpuSuite('lessons');
const course = lessons();
const folder = mkdtempSync(join(tmpdir(), 'weft-lessons-'));
test.after(() => rmSync(folder, { recursive: true, force: true }));

/** Words of a page without its code. */
const words = (markdown: string): number => markdown.replace(/^```[\s\S]*?^```/gm, '').split(/\s+/).length;

test('lessons are numbered from 01 on, and need earlier ones', () => {
  course.forEach(({ number, needs }, i) => {
    assert.is(number, String(i + 1).padStart(2, '0'));
    for (const needed of needs)
      assert.ok(needed < number && course.some((l) => l.number === needed), `${number}: ${needed}`);
  });
});

for (const lesson of course) {
  const { number, title, name, path, minutes, exercises } = lesson;
  const read = (file: string): string => readFileSync(join(path, file), 'utf8');

  test(`${name}: page, drawing, times and exercises fit together`, async () => {
    const page = read('README.md');
    assert.ok(page.startsWith(`# ${number} ${title}\n`), 'the page opens with number and title');
    assert.ok(page.includes(`${minutes} minutes.`), 'the page says how long it takes');
    assert.ok(minutes >= 20 && minutes <= 60, `${minutes} minutes`);
    assert.ok(words(page) >= 450, `${words(page)} words`);
    for (const svg of readdirSync(path).filter((f) => f.endsWith('.svg'))) assert.ok(page.includes(`](${svg})`), svg);
    assert.ok(/!\[[^\]]{10,}\]\([\w-]+\.svg\)/.test(page), 'a drawing with words for those who do not see it');
    for (const e of exercises)
      assert.ok(page.includes(`**Exercise \`${e.name}\`.**`), `the page has exercise ${e.name}`);
    assert.equal(
      Object.keys(await exercisesOf(lesson)),
      exercises.map((e) => e.name),
    );
    assert.equal(readdirSync(join(path, 'start')).sort(), exercises.map((e) => e.file).sort());
    assert.equal(readdirSync(join(path, 'solution')).sort(), exercises.map((e) => e.file).sort());
    for (const { hints } of exercises) assert.ok(hints.length >= 2 && hints.every((h) => h.length > 20));
  });

  for (const exercise of exercises) {
    const outcome = async (file: string): Promise<{ readonly passed: boolean; readonly said: string }> => {
      const result = await checkExercise(lesson, exercise, resolve(path, file), testDevice);
      return { passed: result.passed, said: checkLines(exercise, result).join('\n') };
    };

    test(`${name} ${exercise.name}: the solution passes`, async () => {
      const { passed, said } = await outcome(`solution/${exercise.file}`);
      assert.ok(passed, said);
    });

    test(`${name} ${exercise.name}: what is handed out fails, and says why`, async () => {
      const { passed, said } = await outcome(`start/${exercise.file}`);
      assert.not.ok(passed);
      assert.ok(said.includes(exercise.atFirst), said);
    });

    const wrong = wrongSolutions(lesson, exercise);
    test(`${name} ${exercise.name}: ${wrong.length} wrong solutions are told what is wrong`, async () => {
      assert.ok(wrong.length >= 2, `${wrong.length} wrong solutions`);
      for (const { name: mistake, says, text } of wrong) {
        assert.ok(says.length > 5, `${mistake} names what is to be said`);
        writeFileSync(join(folder, exercise.file), text);
        const { passed, said } = await outcome(join(folder, exercise.file));
        assert.not.ok(passed, `${mistake} passes`);
        assert.ok(said.includes(says), `${mistake} is to be told "${says}", and is told\n${said}`);
      }
    });
  }

  test(`${name}: wrong solutions belong to an exercise`, () =>
    assert.equal(
      Object.keys(wrongNotes(lesson)),
      exercises.map((e) => e.name),
    ));

  test(`${name}: its program runs`, async () => {
    assert.ok(existsSync(join(path, 'run.mjs')));
    const { code, stdout, stderr } = await weft(['learn', 'run', number, '--quick'], { cwd: folder });
    assert.is(code, 0, stderr);
    assert.ok(stdout.length > 200, stdout);
  });
}

test.run();
