// Three callbacks for train(device, { ..., callbacks: [lines('steps.jsonl'), target(0.9), weights('epochs')] })
import { appendFile, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { encodeSafetensors } from 'weftgrad';

/** A line of JSON for every tenth step and every epoch. Training waits for both the GPU and the file. */
export const lines = (file) => ({
  name: 'lines',
  async onStepEnd({ epoch, step, read }) {
    if (step % 10 === 0) await appendFile(file, `${JSON.stringify({ epoch, step, ...(await read()) })}\n`);
  },
  onEpochEnd: (at, metrics) => appendFile(file, `${JSON.stringify(metrics)}\n`),
});

/** Ends training when the held-back images are told apart so well. */
export const target = (accuracy) => ({
  name: 'target',
  onEvaluateEnd: (at, measured) => ({ stop: measured.accuracy >= accuracy }),
});

/** Keeps the weights of every epoch, as safetensors. */
export const weights = (folder) => ({
  name: 'weights',
  onTrainBegin: async () => void (await mkdir(folder, { recursive: true })),
  async onEpochEnd({ model, epoch }) {
    await writeFile(join(folder, `epoch_${epoch}.safetensors`), encodeSafetensors(await model.stateDict()));
  },
});
