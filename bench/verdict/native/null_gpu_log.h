/* What null_gpu.c does with shaders: RADV compiles them, and says of each compute pipeline what it is made of. */

static const char *log_path(void) { return getenv("WEFT_VERDICT_LOG"); }

/* Whether numbers will do: then a pipeline is compiled once and its code is not printed, which takes half of the time. */
static int is_brief(void) { return getenv("WEFT_VERDICT_BRIEF") != NULL; }

/* The workgroup's size of each module, as its SPIR-V declares it. */
struct module {
  VkShaderModule handle;
  uint32_t size[3];
  struct module *next;
};
static struct module *modules;

enum { SPIRV_HEADER = 5, OP_EXECUTION_MODE = 16, LOCAL_SIZE = 17 };

static void find_size(const uint32_t *words, size_t count, uint32_t size[3]) {
  for (size_t at = SPIRV_HEADER; at < count && words[at] >> 16 != 0; at += words[at] >> 16)
    if ((words[at] & 0xffff) == OP_EXECUTION_MODE && words[at + 2] == LOCAL_SIZE) memcpy(size, words + at + 3, 12);
}

API VkResult VKAPI_CALL create_module(VkDevice device, const VkShaderModuleCreateInfo *info, Callbacks callbacks,
                                      VkShaderModule *out) {
  PFN_vkCreateShaderModule create = (PFN_vkCreateShaderModule)radv_device(device, "vkCreateShaderModule");
  VkResult result = create(device, info, callbacks, out);
  if (result != VK_SUCCESS || log_path() == NULL) return result;
  struct module *module = calloc(1, sizeof *module);
  module->handle = *out;
  find_size(info->pCode, info->codeSize / 4, module->size);
  pthread_mutex_lock(&lock);
  module->next = modules; /* the newest first: a handle may be used again */
  modules = module;
  pthread_mutex_unlock(&lock);
  return result;
}

static double milliseconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1e3 + now.tv_nsec / 1e6;
}

static double statistic(const VkPipelineExecutableStatisticKHR *s) {
  switch (s->format) {
    case VK_PIPELINE_EXECUTABLE_STATISTIC_FORMAT_BOOL32_KHR: return s->value.b32;
    case VK_PIPELINE_EXECUTABLE_STATISTIC_FORMAT_INT64_KHR: return (double)s->value.i64;
    case VK_PIPELINE_EXECUTABLE_STATISTIC_FORMAT_UINT64_KHR: return (double)s->value.u64;
    default: return s->value.f64;
  }
}

enum { MOST = 64 };

/* Statistics and assembly of a pipeline's one executable. */
static void describe(VkDevice device, VkPipeline pipeline, FILE *log) {
  PFN_vkGetPipelineExecutablePropertiesKHR get_properties =
      (PFN_vkGetPipelineExecutablePropertiesKHR)radv_device(device, "vkGetPipelineExecutablePropertiesKHR");
  PFN_vkGetPipelineExecutableStatisticsKHR get_statistics =
      (PFN_vkGetPipelineExecutableStatisticsKHR)radv_device(device, "vkGetPipelineExecutableStatisticsKHR");
  PFN_vkGetPipelineExecutableInternalRepresentationsKHR get_texts =
      (PFN_vkGetPipelineExecutableInternalRepresentationsKHR)radv_device(
          device, "vkGetPipelineExecutableInternalRepresentationsKHR");
  VkPipelineExecutableInfoKHR of = {.sType = VK_STRUCTURE_TYPE_PIPELINE_EXECUTABLE_INFO_KHR, .pipeline = pipeline};

  static VkPipelineExecutablePropertiesKHR properties[MOST];
  for (int i = 0; i < MOST; i++) properties[i].sType = VK_STRUCTURE_TYPE_PIPELINE_EXECUTABLE_PROPERTIES_KHR;
  VkPipelineInfoKHR whole = {.sType = VK_STRUCTURE_TYPE_PIPELINE_INFO_KHR, .pipeline = pipeline};
  uint32_t count = MOST;
  if (get_properties(device, &whole, &count, properties) >= 0 && count > 0)
    fprintf(log, "@stat %u Subgroup size\n", properties[0].subgroupSize);

  static VkPipelineExecutableStatisticKHR statistics[MOST];
  for (int i = 0; i < MOST; i++) statistics[i].sType = VK_STRUCTURE_TYPE_PIPELINE_EXECUTABLE_STATISTIC_KHR;
  count = MOST;
  if (get_statistics(device, &of, &count, statistics) < 0) count = 0;
  for (uint32_t i = 0; i < count; i++) fprintf(log, "@stat %.17g %s\n", statistic(&statistics[i]), statistics[i].name);

  if (is_brief()) return; /* nothing else was kept */
  static VkPipelineExecutableInternalRepresentationKHR texts[MOST]; /* first their lengths, then themselves */
  memset(texts, 0, sizeof texts);
  for (int i = 0; i < MOST; i++) texts[i].sType = VK_STRUCTURE_TYPE_PIPELINE_EXECUTABLE_INTERNAL_REPRESENTATION_KHR;
  count = MOST;
  if (get_texts(device, &of, &count, texts) < 0) count = 0;
  for (uint32_t i = 0; i < count; i++) texts[i].pData = malloc(texts[i].dataSize + 1);
  if (get_texts(device, &of, &count, texts) < 0) count = 0;
  for (uint32_t i = 0; i < count; i++) {
    if (texts[i].isText && strcmp(texts[i].name, "Assembly") == 0) {
      size_t length = strnlen(texts[i].pData, texts[i].dataSize);
      fprintf(log, "@code %zu\n", length);
      fwrite(texts[i].pData, 1, length, log);
      fputc('\n', log);
    }
    free(texts[i].pData);
  }
}

static void append(VkDevice device, const VkComputePipelineCreateInfo *info, VkResult result, double ms,
                   VkPipeline made) {
  pthread_mutex_lock(&lock);
  FILE *log = fopen(log_path(), "a");
  if (log != NULL) {
    uint32_t none[3] = {0, 0, 0};
    const struct module *module = modules;
    while (module != NULL && module->handle != info->stage.module) module = module->next;
    const uint32_t *size = module == NULL ? none : module->size;
    fprintf(log, "@pipeline %d %.3f %u %u %u\n", result, ms, size[0], size[1], size[2]);
    if (is_brief()) {
      if (result == VK_SUCCESS) describe(device, made, log);
      fputs("@end\n", log);
      fclose(log);
      pthread_mutex_unlock(&lock);
      return;
    }
    VkComputePipelineCreateInfo again = *info;
    again.flags |= VK_PIPELINE_CREATE_CAPTURE_STATISTICS_BIT_KHR;
    again.flags |= VK_PIPELINE_CREATE_CAPTURE_INTERNAL_REPRESENTATIONS_BIT_KHR;
    again.flags &= ~VK_PIPELINE_CREATE_FAIL_ON_PIPELINE_COMPILE_REQUIRED_BIT;
    VkPipeline pipeline = VK_NULL_HANDLE;
    PFN_vkCreateComputePipelines create =
        (PFN_vkCreateComputePipelines)radv_device(device, "vkCreateComputePipelines");
    if (result == VK_SUCCESS && create(device, VK_NULL_HANDLE, 1, &again, NULL, &pipeline) == VK_SUCCESS) {
      describe(device, pipeline, log);
      ((PFN_vkDestroyPipeline)radv_device(device, "vkDestroyPipeline"))(device, pipeline, NULL);
    }
    fputs("@end\n", log);
    fclose(log);
  }
  pthread_mutex_unlock(&lock);
}

/* With WEFT_SUBGROUP_SIZE=32 (or 64) subgroups of that size are required of every pipeline. */
static const VkComputePipelineCreateInfo *as_asked(const VkComputePipelineCreateInfo *infos, uint32_t count) {
  const char *wanted = getenv("WEFT_SUBGROUP_SIZE");
  if (wanted == NULL && !is_brief()) return infos;
  VkComputePipelineCreateInfo *asked = malloc(count * sizeof *asked);
  VkPipelineShaderStageRequiredSubgroupSizeCreateInfo *sizes = calloc(count, sizeof *sizes);
  for (uint32_t i = 0; i < count; i++) {
    asked[i] = infos[i];
    if (is_brief()) asked[i].flags |= VK_PIPELINE_CREATE_CAPTURE_STATISTICS_BIT_KHR;
    if (wanted == NULL) continue;
    sizes[i].sType = VK_STRUCTURE_TYPE_PIPELINE_SHADER_STAGE_REQUIRED_SUBGROUP_SIZE_CREATE_INFO;
    sizes[i].pNext = (void *)infos[i].stage.pNext;
    sizes[i].requiredSubgroupSize = (uint32_t)atoi(wanted);
    asked[i].stage.pNext = &sizes[i]; /* before another one: the first that is found counts */
  }
  return asked; /* kept: a few hundred bytes a pipeline, in processes that make some hundreds */
}

API VkResult VKAPI_CALL create_pipelines(VkDevice device, VkPipelineCache cache, uint32_t count,
                                         const VkComputePipelineCreateInfo *infos, Callbacks callbacks,
                                         VkPipeline *out) {
  infos = as_asked(infos, count);
  PFN_vkCreateComputePipelines create = (PFN_vkCreateComputePipelines)radv_device(device, "vkCreateComputePipelines");
  double start = milliseconds();
  VkResult result = create(device, cache, count, infos, callbacks, out);
  double ms = (milliseconds() - start) / count;
  if (log_path() != NULL)
    for (uint32_t i = 0; i < count; i++) append(device, &infos[i], result, ms, out[i]);
  return result;
}
