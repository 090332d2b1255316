// LAMB: the trust ratio of each parameter, norm of its weights / norm of its direction; 1 where one of them is 0, and
// of parameters without weight decay unless ALWAYS, as in timm. CLIP: at most 1. A workgroup makes one ratio, adding up
// the parameter's chunks always in the same order.
override ALWAYS: bool = false;
override CLIP: bool = false;
struct Span {
  first: u32, // chunk
  count: u32,
  group: u32,
  unused: u32,
}
struct Params {
  count: u32, // parameters
  weight_decay: f32,
}
alias V = f32;
@group(0) @binding(0) var<storage, read> hyper: Hyper;
@group(0) @binding(1) var<storage, read> groups: array<vec2f>; // lr, weight decay
@group(0) @binding(2) var<storage, read> spans: array<Span>;
@group(0) @binding(3) var<storage, read> squares: array<vec2f>;
@group(0) @binding(4) var<storage, read_write> ratios: array<f32>;
@group(0) @binding(5) var<uniform> params: Params;
var<workgroup> partial: array<vec2f, 64>;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let index = linear_workgroup(workgroup, grid);
  var sums = vec2f();
  var decay = 0.0;
  if (index < params.count) {
    let span = spans[index];
    decay = rates_of(span.group, params.weight_decay).y;
    for (var k = lane; k < span.count; k += 64) {
      sums += squares[span.first + k];
    }
  }
  partial[lane] = sums;
  for (var half = 32u; half > 0; half /= 2) {
    workgroupBarrier();
    if (lane < half) {
      partial[lane] += partial[lane + half];
    }
  }
  if (lane == 0 && index < params.count) {
    let norms = sqrt(partial[0]);
    let isAdapted = (ALWAYS || decay != 0) && norms.x > 0 && norms.y != 0;
    var ratio = select(1.0, norms.x / norms.y, isAdapted);
    if (CLIP) {
      ratio = smaller(ratio, 1.0);
    }
    ratios[index] = ratio;
  }
}
