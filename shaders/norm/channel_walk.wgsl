// How x (N, C, P), P the size of a plane, is walked channel by channel. The numbers of a channel are the pairs (n, p);
// a workgroup's threads share a part of them: RUN neighbouring threads walk one contiguous run of the part side by side
// (as in steps.wgsl: CPUs want memory in order). Channels with many numbers are split over several workgroups. Where
// planes are small, 64 threads would reach over many images for little each: then a workgroup walks CHANNELS
// neighbouring channels at once, 4 threads each. So what belongs to a channel is looked up once by a thread, and (n, p)
// is found by stepping instead of dividing.
override CHANNELS: u32 = 1;
alias E = f32; // a V as x and its like are stored
override RUN: u32 = 8; // no more than THREADS / CHANNELS
const THREADS = 64u;

struct Walk {
  C: u32,
  P: u32, // in elements of V, as all below
  count: u32, // of a channel: N * P
  splits: u32, // workgroups of a channel
  run: u32, // elements of a run; a split is a run for each RUN threads of a channel
  step_n: u32, // RUN / P and % P: how far a step goes
  step_p: u32,
  slot: u32, // first row of partial results that this launch writes
}

struct Place {
  c: u32,
  n: u32,
  p: u32,
  r: u32, // number of (n, p)
  end: u32, // one past the last r; no more than r where there is nothing to do
}

fn runs() -> u32 {
  return THREADS / CHANNELS / RUN;
}

// Where workgroup k's part of channel c starts.
fn part_start(walk: Walk, k: u32, c: u32) -> Place {
  let r = k % walk.splits * runs() * walk.run;
  return Place(c, r / walk.P, r % walk.P, r, 0);
}

fn first_place(walk: Walk, k: u32, lane: u32) -> Place {
  let c = k / walk.splits * CHANNELS + lane % CHANNELS;
  let t = lane / CHANNELS; // of the channel's threads
  let start = (k % walk.splits * runs() + t / RUN) * walk.run;
  let r = start + t % RUN;
  return Place(c, r / walk.P, r % walk.P, r, select(0u, min(start + walk.run, walk.count), c < walk.C));
}

fn next_place(walk: Walk, a: Place) -> Place {
  let p = a.p + walk.step_p;
  let wraps = p >= walk.P;
  return Place(a.c, a.n + walk.step_n + select(0u, 1u, wraps), select(p, p - walk.P, wraps), a.r + RUN, a.end);
}

// The number of the element of x.
fn element(walk: Walk, a: Place) -> u32 {
  return (a.n * walk.C + a.c) * walk.P + a.p;
}
