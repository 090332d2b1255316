/** Safetensors files that are refused, each for its reason. */
import * as assert from 'uvu/assert';
import { ModelError } from '../../src/device/errors.js';
import { parseSafetensors } from '../../src/nn/state/safetensors.js';
import { suite } from '../support/harness.js';
import { F, entry, failure, file } from './safetensors_bytes.js';

const test = suite('safetensors: refusals');

/** Registers a test: this file is refused with exit code 7 and a message with the file's name and all of `words`. */
function refuses(name: string, bytes: () => Uint8Array, ...words: string[]): void {
  test(`refuses ${name}`, () => {
    const error = failure(() => parseSafetensors(bytes(), 'dir/m.safetensors'), ModelError);
    assert.is(error.exitCode, 7);
    for (const word of ['dir/m.safetensors: ', ...words])
      assert.ok(error.message.includes(word), `"${error.message}" lacks "${word}"`);
    assert.ok(error.message.length < 400, 'a hostile file must not flood the terminal');
  });
}

function declaredLength(length: bigint, bytes = file('{}')): Uint8Array {
  new DataView(bytes.buffer).setBigUint64(0, length, true);
  return bytes;
}

refuses('an empty file', () => new Uint8Array(0), 'at least 8');

refuses('seven bytes', () => new Uint8Array(7), 'at least 8');

refuses('a header of no bytes', () => file(''), "'{'");

refuses('a header beyond the file', () => declaredLength(3n), 'beyond');

refuses('a header over 100 MB', () => declaredLength(100_000_001n), 'at most 100000000');

refuses(
  'a header of 2^32 + 2 bytes (upper half ignored, it would fit)',
  () => declaredLength(2n ** 32n + 2n),
  'at most',
);

refuses('a header of 2^64 - 1 bytes', () => declaredLength(2n ** 64n - 1n), 'at most');

refuses('a truncated file', () => file({ w: F }, 8).subarray(0, -1), '"w"', 'beyond');

refuses('a space before the header', () => file(' {}'), "'{'");

refuses('a byte order mark', () => file('\ufeff{}'), "'{'");

refuses('an array', () => file('[]'), "'{'");

refuses('invalid UTF-8', () => file(Uint8Array.of(0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d)), 'UTF-8');

refuses('overlong UTF-8', () => file(Uint8Array.of(0x7b, 0x22, 0xc0, 0x80, 0x22, 0x3a, 0x31, 0x7d)), 'UTF-8');

refuses('invalid JSON', () => file('{"w":}'), 'JSON');

refuses('two JSON values', () => file('{}{}'), 'JSON');

refuses('NaN in the header', () => file('{"w":NaN}'), 'JSON');

refuses('deep nesting', () => file(`{"w":${'['.repeat(100_000)}`), 'JSON');

refuses('a name twice', () => file(`{"w":${JSON.stringify(F)},"w":${JSON.stringify(F)}}`, 8), '"w" twice');

refuses(
  'a name twice, once escaped',
  () => file(`{"w":${JSON.stringify(F)},"\\u0077":${JSON.stringify(F)}}`, 8),
  '"w" twice',
);

refuses(
  'a field twice',
  () => file('{"w":{"dtype":"F32","shape":[2],"data_offsets":[0,8],"shape":[2]}}', 8),
  '"shape" twice',
);

refuses('a metadata key twice', () => file('{"__metadata__":{"a":"1","b":"[{\\",","a":"2"}}'), '"a" twice');

refuses('metadata twice', () => file('{"__metadata__":{},"__metadata__":{}}'), '"__metadata__" twice');

refuses('metadata that is a list', () => file('{"__metadata__":[]}'), '__metadata__');

refuses('metadata that is null', () => file('{"__metadata__":null}'), '__metadata__');

refuses('metadata with a number', () => file('{"__metadata__":{"epoch":3}}'), '"epoch"', 'not a text');

refuses('half a surrogate pair in the metadata', () => file('{"__metadata__":{"a":"\\ud800"}}'), '"a"', 'Unicode');

refuses('half a surrogate pair in a name', () => file(`{"\\ud800":${JSON.stringify(F)}}`, 8), 'Unicode');

refuses('an entry that is null', () => file({ w: null }), '"w"', 'not an object');

refuses('an entry that is a list', () => file({ w: [1] }), '"w"', 'not an object');

refuses('an entry of no fields', () => file({ w: {} }), '"w"', 'unknown dtype');

refuses('an unknown field', () => file({ w: { ...F, strides: [1] } }, 8), '"w"', '"strides"');

refuses('an unknown dtype', () => file({ w: entry([2], [0, 8], 'F33') }, 8), '"w"', 'unknown dtype "F33"');

refuses('a dtype in lower case', () => file({ w: entry([2], [0, 8], 'f32') }, 8), '"w"', 'unknown dtype "f32"');

refuses('a dtype named like a method', () => file({ w: entry([2], [0, 8], 'toString') }, 8), '"w"', 'unknown dtype');

refuses('a dtype that is a list', () => file({ w: entry([2], [0, 8], ['F32']) }, 8), '"w"', 'unknown dtype');

refuses('a shape that is a number', () => file({ w: entry(2, [0, 8]) }, 8), '"w"', 'shape 2');

refuses('no shape', () => file({ w: { dtype: 'F32', data_offsets: [0, 4] } }, 4), '"w"', 'shape nothing');

refuses('a fraction in a shape', () => file({ w: entry([0.5], [0, 2]) }, 2), '"w"', '0.5');

refuses('negative sizes whose product fits', () => file({ w: entry([-1, -2], [0, 8]) }, 8), '"w"', '-1');

refuses('minus zero in a shape', () => file('{"w":{"dtype":"F32","shape":[-0],"data_offsets":[0,0]}}'), '"w"', 'shape');

refuses('a text in a shape', () => file({ w: entry(['2'], [0, 8]) }, 8), '"w"', '"2"');

refuses('null in a shape', () => file({ w: entry([null], [0, 8]) }, 8), '"w"', 'null');

refuses(
  'a size over 2^53',
  () => file('{"w":{"dtype":"F32","shape":[9007199254740993],"data_offsets":[0,0]}}'),
  '"w"',
  'shape',
);

refuses('an infinite size', () => file('{"w":{"dtype":"F32","shape":[1e999],"data_offsets":[0,0]}}'), '"w"', 'shape');

refuses(
  'a product that wraps round to 0',
  () => file({ w: entry([2 ** 32, 2 ** 32], [0, 0], 'U8') }),
  '"w"',
  'too many',
);

refuses('a byte count that overflows', () => file({ w: entry([2 ** 51], [0, 0], 'F64') }), '"w"', 'too many');

refuses('an overflow hidden by a zero', () => file({ w: entry([2 ** 50, 2 ** 50, 0], [0, 0]) }), '"w"', 'too many');

refuses('a shape of a million sizes', () => file({ w: entry(new Array(1e6).fill(2), [0, 8]) }, 8), '"w"', 'too many');

refuses('one offset', () => file({ w: entry([2], [8]) }, 8), '"w"', 'data_offsets [8]');

refuses('three offsets', () => file({ w: entry([2], [0, 8, 8]) }, 8), '"w"', 'data_offsets');

refuses('a negative offset', () => file({ w: entry([2], [-8, 0]) }, 8), '"w"', 'data_offsets');

refuses('a fraction in an offset', () => file({ w: entry([2], [0.5, 8.5]) }, 9), '"w"', 'data_offsets');

refuses('an offset that is a text', () => file({ w: entry([2], ['0', '8']) }, 8), '"w"', 'data_offsets');

refuses('offsets out of order', () => file({ w: entry([2], [8, 0]) }, 8), '"w"', 'out of order');

refuses('an end beyond the data', () => file({ w: entry([3], [0, 12]) }, 8), '"w"', 'beyond the data (8 bytes)');

refuses('an end near 2^53', () => file({ w: entry([2], [0, Number.MAX_SAFE_INTEGER]) }, 8), '"w"', 'beyond');

refuses(
  'fewer bytes than the shape',
  () => file({ w: entry([3], [0, 8]) }, 8),
  '"w"',
  'hold 8 bytes but F32 [3] needs 12',
);

refuses('more bytes than the shape', () => file({ w: entry([2], [0, 12]) }, 12), '"w"', 'needs 8');

refuses('a scalar of no bytes', () => file({ w: entry([], [0, 0]) }), '"w"', 'needs 4');

refuses('the size of another dtype', () => file({ w: entry([2], [0, 8], 'F16') }, 8), '"w"', 'needs 4');

refuses('two tensors on the same bytes', () => file({ a: F, b: F }, 8), '"b"', 'inside');

refuses('a partial overlap', () => file({ a: F, b: entry([2], [4, 12]) }, 12), '"b"', 'begins at byte 4, inside');

refuses('an empty tensor inside another', () => file({ a: F, b: entry([0], [4, 4]) }, 8), '"b"', 'inside');

refuses('a hole at the start', () => file({ a: entry([2], [4, 12]) }, 12), '"a"', 'bytes 0 to 4');

refuses('a hole between', () => file({ a: F, b: entry([2], [9, 17]) }, 17), '"b"', 'bytes 8 to 9');

refuses('trailing bytes', () => file({ a: F }, 9), '1 bytes after the last tensor');

refuses('data without a tensor', () => file('{}', 1), '1 bytes after');

refuses('a very long name', () => file({ ['w'.repeat(1e6)]: null }), 'not an object');

refuses('a pickle', () => Uint8Array.of(0x80, 2, 0x63, 0x5f, 0x5f, 0x6d, 0x61, 0x69, 0x6e, 0x5f), 'at most');

test.run();
