// Draws what happens to each sample of a batch: five vec4s, read by images/augment_images.wgsl. Per sample b,
// u uniform in [0, 1) from Philox at counter (b, call, step, 0 …), so that the same seed gives the same pictures and a
// replayed step new ones:
//   row 0: m00 m01 m02 and the place of its bytes     the source pixel under output pixel (X, Y) is M (X, Y, 1)
//   row 1: m10 m11 m12 and its share of the mixture
//   mixed with the next sample of the batch: share * own + (1 - share) * next
//   row 2: brightness, contrast, saturation           factors, 1 changes nothing
//   row 3: x0 y0 x1 y1                                pixels whose centre lies in it are erased; all 0: none
//   row 4: x0 y0 x1 y1                                pixels whose centre lies in it are the next sample's
// M = window * rotate(angle) * shear(k) * mirror / zoom about the middle of the window. Window: the middle one, one at
// a random place up to PAD pixels outside of the image, or one of random area and shape that is resized (Szegedy et al.
// 2015, section 6), its sides cut to the image's. Erasing: Zhong et al. 2017. Mixing: Zhang et al. 2017, share from
// Beta(a, a) by Jöhnk's method, the larger one of share and 1 - share, so that a sample's own label is the heavier one.
// Patches: Yun et al. 2019: of sides sqrt(1 - l) of the image's, l from Beta(a, a), their fractions cut off, about any
// pixel, cut to the image; their samples' share in the table is 1. Where both mixing and patches are asked for, a batch
// gets one of them, either as likely (timm's).
// Also label, other (the next sample's) and share, the own label's: the table's, or what the patch leaves of the area.
// A thread makes a sample.
struct Params {
  batch: u32,
  call: u32,
  height: f32,
  width: f32,
  out_height: f32,
  out_width: f32,
  flip: f32, // probability
  shift: f32, // pixels, whole
  rotate: f32, // radians
  scale: f32, // zoom from 1 - scale to 1 + scale
  shear: f32, // radians
  window: u32, // 0 the middle, 1 anywhere, 2 resized
  pad: f32, // pixels, whole
  area: f32, // smallest share of the image's area
  brightness: f32,
  contrast: f32,
  saturation: f32,
  erase: f32, // probability
  mixup: f32, // a; 0: no mixing
  cutmix: f32, // a; 0: no patches
}
@group(0) @binding(0) var<storage, read> state: RandomState;
@group(0) @binding(1) var<storage, read> labels: array<u32>;
@group(0) @binding(2) var<storage, read> order: array<u32>;
@group(0) @binding(3) var<storage, read> cursor: array<u32>;
@group(0) @binding(4) var<storage, read_write> table: array<vec4f>;
@group(0) @binding(5) var<storage, read_write> label: array<u32>;
@group(0) @binding(6) var<storage, read_write> other: array<u32>;
@group(0) @binding(7) var<storage, read_write> share: array<f32>;
@group(0) @binding(8) var<uniform> params: Params;

override STAGED: bool = false;

const ALL = 0xffffffffu; // in place of b: drawn once for all samples
const TRIES = 16u; // of Jöhnk's method; each succeeds in at least half of the cases
const ERASE_AREA = vec2f(0.02, 0.3333); // torchvision's
const ERASE_RATIO = 3.3;
const WINDOW_RATIO = 1.3333334;

fn draw(b: u32, group: u32) -> vec4f {
  return uniform_floats(philox(vec4u(b, params.call, state.step, group), state.seed));
}

// From -range to range.
fn about_zero(u: f32, range: f32) -> f32 {
  return range * (2 * u - 1);
}

// A whole number from -range to range.
fn whole(u: f32, range: f32) -> f32 {
  return min(floor(u * (2 * range + 1)), 2 * range) - range;
}

// log(u), also for u = 0.
fn log_of(u: f32) -> f32 {
  return log(u + 0x1p-25f);
}

// The logarithm of l / (1 - l), l of Beta(a, a); infinite where no try succeeds.
fn beta_odds(b: u32, a: f32) -> f32 {
  for (var k = 0u; k < TRIES; k++) {
    let u = draw(b, 6 + k);
    let x = log_of(u.x) / a;
    let y = log_of(u.y) / a;
    if (exp(x) + exp(y) <= 1) {
      return x - y;
    }
  }
  return 1e9;
}

// x0 y0 x1 y1.
fn patch_of(b: u32, out_size: vec2f) -> vec4f {
  let l = 1 / (1 + exp(-beta_odds(b, params.cutmix)));
  let half_sides = floor(floor(out_size * sqrt(1 - l)) / 2);
  let centre = min(floor(draw(b, 5).xy * out_size), out_size - 1);
  return vec4f(max(centre - half_sides, vec2f()), min(centre + half_sides, out_size));
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
  let u0 = draw(b, 0);
  let u1 = draw(b, 1);
  let u2 = draw(b, 2);
  let u3 = draw(b, 3);
  let u4 = draw(b, 4);

  let size = vec2f(params.width, params.height);
  let out_size = vec2f(params.out_width, params.out_height);
  var stretch = vec2f(1);
  var corner = floor((size - out_size) / 2);
  if (params.window == 1) {
    let places = size - out_size + 2 * params.pad + 1;
    corner = min(floor(u1.zw * places), places - 1) - params.pad;
  }
  if (params.window == 2) {
    let area = params.area + (1 - params.area) * u2.x;
    let ratio = exp(about_zero(u2.y, log(WINDOW_RATIO)));
    let sides = min(sqrt(area * size.x * size.y * vec2f(ratio, 1 / ratio)), size);
    stretch = sides / out_size;
    corner = (size - sides) * u1.zw + 0.5 * stretch - 0.5; // pixel centres
  }
  let mirror = select(1.0, -1.0, u0.x < params.flip);
  var turn = vec2f(1, 0); // a sine of 0 need not be exact
  let angle = about_zero(u0.w, params.rotate);
  if (angle != 0) {
    turn = vec2f(cos(angle), sin(angle));
  }
  var k = 0.0;
  if (params.shear != 0) {
    k = tan(about_zero(u1.y, params.shear));
  }
  let each = stretch / (1 + about_zero(u1.x, params.scale));
  let row_x = each.x * vec2f(turn.x * mirror, turn.x * k - turn.y);
  let row_y = each.y * vec2f(turn.y * mirror, turn.y * k + turn.x);
  let middle = (out_size - 1) / 2;
  let centre = corner + middle * stretch + vec2f(whole(u0.y, params.shift), whole(u0.z, params.shift));

  let image = order[cursor[0] + b];
  let next = select(b + 1, 0u, b + 1 == params.batch);
  var own = 1.0;
  var patch_area = vec4f();
  var is_cut = params.cutmix > 0;
  if (is_cut && params.mixup > 0) {
    is_cut = draw(ALL, 0).x < 0.5;
  }
  if (params.batch > 1) {
    if (is_cut) {
      patch_area = patch_of(b, out_size);
    } else if (params.mixup > 0) {
      own = 1 / (1 + exp(-abs(beta_odds(b, params.mixup))));
    }
  }
  var hole = vec4f();
  if (u3.y < params.erase) {
    let area = ERASE_AREA.x + (ERASE_AREA.y - ERASE_AREA.x) * u3.z;
    let ratio = exp(about_zero(u3.w, log(ERASE_RATIO)));
    let sides = min(sqrt(area * out_size.x * out_size.y * vec2f(ratio, 1 / ratio)), out_size);
    let at = (out_size - sides) * u4.xy;
    hole = vec4f(at, at + sides);
  }
  let colour = vec3f(1) + vec3f(about_zero(u2.z, params.brightness), about_zero(u2.w, params.contrast), about_zero(u3.x,
      params.saturation));
  // exact: a data set has fewer than 2^24 images
  table[5 * b] = vec4f(row_x, centre.x - dot(row_x, middle), f32(select(image, b, STAGED)));
  table[5 * b + 1] = vec4f(row_y, centre.y - dot(row_y, middle), own);
  table[5 * b + 2] = vec4f(colour, 0);
  table[5 * b + 3] = hole;
  table[5 * b + 4] = patch_area;
  label[b] = labels[image];
  other[b] = labels[order[cursor[0] + next]];
  let sides = patch_area.zw - patch_area.xy;
  share[b] = own - sides.x * sides.y / (out_size.x * out_size.y);
}
