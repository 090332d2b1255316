/** Files of torch.save: what they hold; hostile ones are refused, by name, and nothing of them is run. */
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import * as assert from 'uvu/assert';
import { ModelError } from '../../src/device/errors.js';
import { toFloat32 } from '../../src/nn/state/safetensors.js';
import { isTorchFile, parseTorchFile } from '../../src/nn/state/torch_file/torch_file.js';
import { suite } from '../support/harness.js';

const test = suite('files of PyTorch');

interface Golden {
  readonly files: Readonly<Record<string, readonly [content: string, expected: string]>>;
  readonly expected: Readonly<Record<string, Readonly<Record<string, readonly [number[], number[]]>>>>;
  readonly hostile: Readonly<Record<string, string>>;
}

// compiled to dist/test/nn/torch_file.test.js
const { files, expected, hostile } = JSON.parse(
  readFileSync(fileURLToPath(new URL('../../../test/golden/numbers/torch_files.json', import.meta.url)), 'utf8'),
) as Golden;
const bytesOf = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'base64'));

const WITHIN: Readonly<Record<string, string>> = {
  wrapped: 'state_dict',
  'wrapped, legacy': 'state_dict',
  average: 'model_ema',
};

for (const [name, [content, key]] of Object.entries(files))
  test(`${name}: the numbers that PyTorch saved`, () => {
    const bytes = bytesOf(content);
    assert.ok(isTorchFile(bytes));
    const { tensors, within } = parseTorchFile(bytes, 'x.pth');
    assert.is(within, WITHIN[name] ?? '');
    assert.equal([...tensors.keys()], Object.keys(expected[key]));
    for (const [tensor, [shape, numbers]] of Object.entries(expected[key])) {
      const raw = tensors.get(tensor);
      assert.equal(raw?.shape, shape, tensor);
      if (raw?.dtype !== 'I64')
        assert.equal([...toFloat32(raw as NonNullable<typeof raw>, tensor, 'x.pth')], numbers, tensor);
      else {
        const data = Uint8Array.from(raw.data); // 64-bit views begin at multiples of 8
        assert.equal([...new BigInt64Array(data.buffer)].map(Number), numbers, tensor);
      }
    }
  });

/** What the message must name; else the name of the case. */
const SAYS: Readonly<Record<string, RegExp>> = {
  'posix.system by protocol 4': /"posix\.system"/,
  'an allowed name with a dot': /"torch\.FloatStorage\.__init__"/,
  INST: /0x53|INST/,
  'BUILD of a name': /BUILD/,
  'a foreign reference': /a reference to "module"/,
  'a call of a list': /a call of what is no function/,
  'a long number': /a whole number of 2147483647 bytes/,
  'a long text': /ends within a value of 2147483647 bytes/,
  'a text of more than can be': /ends within a value of/,
  'a memory that is not there': /recalls 5/,
  'a mark that is not there': /a mark that is not there/,
  'no end': /ends within/,
  nothing: /ends within/,
  packed: /is packed \(method 8\)/,
  'no data.pkl': /no data\.pkl/,
  'a module': /"torch\.nn\.modules\.container\.Sequential"/,
};

for (const [name, content] of Object.entries(hostile))
  test(`refused: ${name}`, () => {
    try {
      parseTorchFile(bytesOf(content), 'x.pth');
    } catch (error) {
      assert.instance(error, ModelError);
      assert.is((error as ModelError).exitCode, 7);
      const named = SAYS[name] ?? new RegExp(name.replaceAll('.', '\\.'));
      assert.match((error as ModelError).message, named);
      assert.not.ok(existsSync('/tmp/weft-was-run'), 'nothing was run');
      return;
    }
    assert.unreachable('it was read');
  });

test.run();
