// found[first + k] = how many of 4,096 words of x are not finite as f32: NaN or infinite. x (count vec4s) is looked at
// as bits, because compilers may take it that all numbers are finite: the exponent is all ones. A workgroup takes 1,024
// vec4s, a thread every 64th of them; the threads' counts are added up pairwise. At most 4,096, so f32 holds it.
struct Params {
  count: u32, // vec4s
  first: u32, // where in `found` this window's counts begin
}
@group(0) @binding(0) var<storage, read> x: array<vec4u>;
@group(0) @binding(1) var<storage, read_write> found: array<f32>;
@group(0) @binding(2) var<uniform> params: Params;

const THREADS = 64u;
const EXPONENT = vec4u(0x7f800000);
var<workgroup> partial: array<u32, THREADS>;

@compute @workgroup_size(THREADS)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let chunk = linear_workgroup(workgroup, grid);
  let end = min(params.count, chunk * 1024 + 1024);
  var counts = vec4u();
  for (var i = chunk * 1024 + lane; i < end; i += THREADS) {
    counts += select(vec4u(0), vec4u(1), (x[i] & EXPONENT) == EXPONENT);
  }
  partial[lane] = counts.x + counts.y + counts.z + counts.w;
  for (var width = THREADS / 2; width > 0; width /= 2) {
    workgroupBarrier();
    if (lane < width) {
      partial[lane] += partial[lane + width];
    }
  }
  if (lane == 0 && chunk * 1024 < params.count) {
    found[params.first + chunk] = f32(partial[0]);
  }
}
