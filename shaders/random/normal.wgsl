// out[i] = mean + deviation * z, z normal with mean 0 and variance 1: Box and Muller 1958. Words w0 … w3 of element
// group i give
//   u = ((w0 >> 8) + 1) / 2^24, in (0, 1];  v = (w1 >> 8) / 2^24;  z0 = sqrt(-2 ln u) cos(2 pi v);  z1 = sqrt(-2 ln u)
//     sin(2 pi v)
// and w2, w3 give z2, z3 the same way. No |z| exceeds sqrt(48 ln 2) = 5.77, which 8 in 10^9 would. WGSL allows log, sin
// and cos large errors (SwiftShader's sin is off by 2^-11), so they are computed here: the same numbers to within
// rounding on every adapter. A workgroup makes 64 vec4s, a thread one. What lies behind the last element stays as it
// is.
struct Params {
  size: u32, // elements
  first: u32, // number of the window's first vec4 in the whole tensor
  call: u32,
  mean: f32,
  deviation: f32,
}
@group(0) @binding(0) var<storage, read> state: RandomState;
@group(0) @binding(1) var<storage, read_write> out: array<vec4f>;
@group(0) @binding(2) var<uniform> params: Params;

// -ln(k / 2^24), k from 1 to 2^24: k = m 2^e with m around 1, ln m = 2 atanh(s) = 2 (s + s^3 / 3 + s^5 / 5 + …), s = (m
// - 1) / (m + 1).
// |s| < 0.172, so five terms are exact to 2e-9.
fn minus_log(k: u32) -> f32 {
  let bits = bitcast<u32>(f32(k));
  let mantissa = bitcast<f32>((bits & 0x7fffffu) | 0x3f800000u); // in [1, 2)
  let is_high = mantissa > 1.4142135;
  let m = select(mantissa, 0.5 * mantissa, is_high);
  let e = i32(bits >> 23) - 127 + select(0, 1, is_high);
  let s = (m - 1) / (m + 1);
  let z = s * s;
  let ln_m = 2 * s * (1 + z * (1 / 3.0 + z * (0.2 + z * (1 / 7.0 + z * (1 / 9.0)))));
  return f32(24 - e) * 0.69314718 - ln_m;
}

// cos and sin of 2 pi k / 2^24: the top two of k's 24 bits are the quadrant; in it, the angle is mirrored to at most pi
// / 4, where the Taylor series are exact to 3e-8.
fn cos_sin(k: u32) -> vec2f {
  let part = k & 0x3fffffu;
  let is_mirrored = part > 0x200000u;
  let a = f32(select(part, 0x400000u - part, is_mirrored)) * (1.5707963 / 4194304.0);
  let z = a * a;
  let s = a * (1 + z * (-1 / 6.0 + z * (1 / 120.0 + z * (-1 / 5040.0))));
  let c = 1 + z * (-0.5 + z * (1 / 24.0 + z * (-1 / 720.0 + z * (1 / 40320.0))));
  let p = select(vec2f(c, s), vec2f(s, c), is_mirrored);
  let turned = select(p, vec2f(-p.y, p.x), (k & 0x400000u) != 0); // a quarter turn
  return select(turned, -turned, (k & 0x800000u) != 0); // half a turn
}

fn box_muller(w: vec2u) -> vec2f {
  return sqrt(max(0.0, 2 * minus_log((w.x >> 8) + 1))) * cos_sin(w.y >> 8);
}

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let i = linear_workgroup(workgroup, grid) * 64 + lane;
  if (4 * i >= params.size) {
    return;
  }
  let words = random_words(state, params.first + i, params.call);
  let z = vec4f(box_muller(words.xy), box_muller(words.zw));
  let inside = vec4u(4 * i) + vec4u(0, 1, 2, 3) < vec4u(params.size);
  out[i] = select(out[i], params.mean + params.deviation * z, inside);
}
