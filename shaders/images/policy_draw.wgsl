// Draws the operations of RandAugment (Cubuk et al. 2020) or TrivialAugment (Müller, Hutter 2021) for each sample of a
// batch, as torchvision does: each of the 14 as likely, its magnitude bin * step (bin fixed, or any of BINS as likely),
// for those that have a direction either way as likely. u uniform in [0, 1) from Philox at counter (b, call, step, k).
//   table[b, k] = (operation, value, cosine, sine)
// value: shear: tangent; translation: whole pixels; rotation: degrees, with cosine and sine, the step's multiplied bin
// times, which is exact to 1e-6 on every adapter; brightness, colour, contrast, sharpness: factor; posterize: bits that
// are kept; solarize: threshold. A thread makes a sample.
struct Params {
  batch: u32,
  call: u32,
  ops: u32, // of a sample
  bin: u32, // BINS: drawn
  shear: f32, // of a bin, and so on
  move_x: f32,
  move_y: f32,
  degrees: f32,
  cosine: f32,
  sine: f32,
  factor: f32,
  bits: f32,
}
@group(0) @binding(0) var<storage, read> state: RandomState;
@group(0) @binding(1) var<storage, read_write> table: array<vec4f>;
@group(0) @binding(2) var<uniform> params: Params;

const BINS = 31u;

// Of a whole number that rounding has left just below.
fn whole_part(v: f32) -> f32 {
  return floor(v + 0x1p-12f);
}

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let b = linear_workgroup(workgroup, grid) * 64 + lane;
  if (b >= params.batch) {
    return;
  }
  for (var k = 0u; k < params.ops; k++) {
    let u = uniform_floats(philox(vec4u(b, params.call, state.step, k), state.seed));
    let op = min(u32(u.x * f32(OPS)), OPS - 1);
    var bin = params.bin;
    if (bin == BINS) {
      bin = min(u32(u.y * f32(BINS)), BINS - 1);
    }
    let way = select(1.0, -1.0, u.z < 0.5);
    let m = f32(bin);
    var value = 0.0;
    var turn = vec2f(1, 0);
    if (op == SHEAR_X || op == SHEAR_Y) {
      value = way * m * params.shear;
    } else if (op == TRANSLATE_X) {
      value = way * whole_part(m * params.move_x);
    } else if (op == TRANSLATE_Y) {
      value = way * whole_part(m * params.move_y);
    } else if (op == ROTATE) {
      value = way * m * params.degrees;
      for (var i = 0u; i < bin; i++) {
        turn = vec2f(
          turn.x * params.cosine - turn.y * params.sine,
          turn.x * params.sine + turn.y * params.cosine,
        );
      }
      turn.y *= way;
    } else if (op >= BRIGHTNESS && op <= SHARPNESS) {
      value = 1 + way * m * params.factor;
    } else if (op == POSTERIZE) {
      value = 8 - round(m * params.bits);
    } else if (op == SOLARIZE) {
      value = 255 - 8.5 * m;
    }
    table[b * params.ops + k] = vec4f(f32(op), value, turn);
  }
}
