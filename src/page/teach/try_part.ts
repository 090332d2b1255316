/** Asking what was taught: a picture, or the camera as it goes. */
import { byId, inWords, nextFrame, percent, showBars, whenChosen } from '../dom.js';
import { engine } from '../engine.js';
import { PictureView } from '../picture_view.js';
import type { NamedAnswer } from '../worker/teach_service.js';
import { label, say } from '../words/words.js';
import { Camera, whyNoCamera } from './camera.js';

/** What the camera said before counts so much: single frames do not flicker. */
const SMOOTH = 0.6;
const SHOWN = 8;

export class TryPart {
  readonly #status = byId('try-status', HTMLElement);
  readonly #problem = byId('try-problem', HTMLElement);
  readonly #unlike = byId('try-unlike', HTMLElement);
  readonly #answers = byId('try-answers', HTMLElement);
  readonly #view = new PictureView(
    { stage: 'try-stage', picture: 'try-picture', overlay: 'try-overlay', look: 'try-look' },
    (error) => this.#fail(error),
  );
  readonly #look = byId('try-look', HTMLButtonElement);
  readonly #video = byId('try-video', HTMLVideoElement);
  readonly #live = byId('try-camera', HTMLButtonElement);
  readonly #threshold = byId('try-threshold', HTMLInputElement);
  readonly #camera = new Camera(this.#video, () => this.closeCamera());
  #classes: readonly string[] | null = null;
  /** The picture that is asked about. */
  #shown: Blob | null = null;
  /** Counts questions: what belongs to an earlier one is dropped. */
  #number = 0;
  /** Counts the times that the camera was opened. */
  #lives = 0;
  readonly #closeOthers: () => void;

  /** @param closeOthers closes the cameras of the boxes. */
  constructor(closeOthers: () => void) {
    this.#closeOthers = closeOthers;
    whenChosen('try-pick', 'try-file', ([file]) => void this.ask(file));
    this.#live.addEventListener('click', () => void this.#toggleCamera());
    this.#threshold.addEventListener('input', () => this.#showThreshold());
    this.#threshold.addEventListener('change', () => {
      if (this.#shown !== null && !this.#camera.isOn) void this.ask(this.#shown);
    });
    this.teach(null, 0);
  }

  /** What there is to be asked from now on. @param noneBelow the suggested probability below which it is none. */
  teach(classes: readonly string[] | null, noneBelow: number): void {
    this.#classes = classes;
    this.#number++;
    this.#threshold.value = String(Math.round(100 * noneBelow));
    this.#showThreshold();
    for (const control of [byId('try-pick', HTMLButtonElement), this.#live, this.#threshold])
      control.disabled = classes === null;
    this.#answers.replaceChildren();
    this.#unlike.hidden = this.#look.hidden = true;
    say(this.#status, ({ teach }) => (classes === null ? teach.tryFirst : teach.tryHint));
    if (classes === null) this.closeCamera();
    else if (this.#shown !== null) void this.ask(this.#shown);
  }

  #showThreshold(): void {
    say(byId('try-threshold-value', HTMLElement), () => percent(this.#noneBelow));
  }

  get #noneBelow(): number {
    return Number(this.#threshold.value) / 100;
  }

  #fail(error: unknown): void {
    say(this.#problem, inWords(error));
    this.#problem.hidden = false;
    say(this.#status, () => '');
  }

  /** Shows a picture and what is said of it. */
  async ask(file: Blob): Promise<void> {
    if (this.#classes === null) return;
    this.closeCamera();
    const number = ++this.#number;
    this.#problem.hidden = true;
    say(this.#status, ({ teach }) => teach.asking);
    try {
      const answer = await engine.ask('teach', 'answer', [file, this.#noneBelow]);
      const bitmap = await createImageBitmap(file);
      if (number !== this.#number) return bitmap.close();
      this.#shown = file;
      const top = answer.classes[answer.class];
      this.#view.show(bitmap, (onProgress) => engine.ask('teach', 'look', [file, top], { onProgress }));
      this.#say(answer);
      this.#look.hidden = false;
    } catch (error) {
      if (number === this.#number) this.#fail(error);
    }
  }

  #say({ probabilities, class: best, isNone, likeness, classes }: NamedAnswer): void {
    const rows = classes.map((name, c) => ({ class: name, probability: probabilities[c] }));
    showBars(this.#answers, rows.toSorted((a, b) => b.probability - a.probability).slice(0, SHOWN));
    this.#status.dataset['answer'] = isNone ? '' : classes[best];
    say(this.#status, ({ teach }) => (isNone ? teach.none : `${classes[best]}, ${percent(probabilities[best])}`));
    this.#unlike.hidden = !likeness.isUnlike;
    const [distance, threshold] = [likeness.distance, likeness.threshold].map((d) => d.toFixed(2));
    say(this.#unlike, ({ teach }) => teach.unlike(distance, threshold));
  }

  async #toggleCamera(): Promise<void> {
    if (this.#camera.isOn) return this.closeCamera();
    this.#closeOthers();
    this.#problem.hidden = true;
    try {
      if (!(await this.#camera.start())) return;
    } catch (error) {
      say(this.#problem, whyNoCamera(error));
      this.#problem.hidden = false;
      return;
    }
    this.#number++;
    this.#shown = null;
    this.#view.hide();
    this.#look.hidden = true;
    this.#video.hidden = false;
    say(this.#live, ({ teach }) => teach.cameraClose);
    await this.#answerLive();
  }

  /** Asks about what the camera sees, as often as the GPU allows. */
  async #answerLive(): Promise<void> {
    let smooth: readonly number[] = [];
    let classes = this.#classes;
    const times: number[] = [];
    const number = ++this.#lives;
    const isOn = (): boolean => this.#camera.isOn && number === this.#lives;
    while (isOn()) {
      await nextFrame(); // a page in the background asks nothing
      try {
        const frame = await this.#camera.frame();
        if (frame === null) continue;
        const answer: NamedAnswer = await engine.ask('teach', 'answer', [frame, this.#noneBelow], {
          transfer: [frame],
        });
        if (!isOn()) return;
        if (this.#classes !== classes) [smooth, classes] = [[], this.#classes]; // taught anew meanwhile
        const before = smooth.length === answer.classes.length ? smooth : answer.probabilities;
        smooth = answer.probabilities.map((p, c) => SMOOTH * before[c] + (1 - SMOOTH) * p);
        const best = smooth.indexOf(Math.max(...smooth));
        this.#say({ ...answer, probabilities: smooth, class: best, isNone: smooth[best] < this.#noneBelow });
        times.push(performance.now());
        if (times.length > 20) times.shift();
        if (times.length > 2) this.#showRate((1000 * (times.length - 1)) / (times[times.length - 1] - times[0]));
      } catch (error) {
        if (!isOn()) return;
        this.closeCamera();
        this.#fail(error);
      }
    }
  }

  #showRate(perSecond: number): void {
    const rate = byId('try-rate', HTMLElement);
    rate.dataset['rate'] = perSecond.toFixed(1);
    say(rate, ({ teach }) => teach.framesPerSecond(perSecond.toFixed(1)));
  }

  closeCamera(): void {
    this.#camera.stop();
    this.#video.hidden = true;
    say(byId('try-rate', HTMLElement), () => '');
    say(this.#live, ({ teach }) => teach.tryCamera);
    label(this.#video, 'aria-label', ({ teach }) => teach.liveView);
  }
}
