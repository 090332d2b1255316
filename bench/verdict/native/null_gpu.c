/*
 * A Vulkan driver for a GPU that is not there. Shaders are compiled by Mesa's RADV, which RADV_FORCE_FAMILY=navi31 makes
 * believe in an AMD card; memory is the process's own, and everything that records, submits or waits succeeds and does
 * nothing. WebGPU programs run on it to their end with that card's limits and features; what they read back is zeros.
 *
 * With WEFT_VERDICT_LOG=FILE each compute pipeline is compiled a second time with statistics, and appended to the file:
 *   @pipeline RESULT MILLISECONDS X Y Z     the first compilation's result and time, and the workgroup's size
 *   @stat VALUE NAME                        as the compiler calls it, e.g. `@stat 96 VGPRs`
 *   @code BYTES                             followed by the assembly
 *   @end
 *
 * An entry point is ours when `ours` knows its name; all others are RADV's.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <vulkan/vk_icd.h>
#include <vulkan/vulkan.h>

#define API static VKAPI_ATTR
typedef PFN_vkVoidFunction Function;
typedef const VkAllocationCallbacks *Callbacks;

static void *radv;
static PFN_vkGetInstanceProcAddr radv_instance;
static PFN_vkGetDeviceProcAddr radv_device;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static void load(void) {
  if (radv != NULL) return;
  const char *path = getenv("WEFT_RADV"); /* where the loader's own description of RADV says that it is */
  radv = dlopen(path != NULL ? path : "libvulkan_radeon.so", RTLD_NOW);
  if (radv == NULL) {
    fprintf(stderr, "null_gpu: %s\n", dlerror());
    abort();
  }
  radv_instance = (PFN_vkGetInstanceProcAddr)dlsym(radv, "vk_icdGetInstanceProcAddr");
}

/* ---- nothing to do ---- */

API VkResult VKAPI_CALL succeed(void) { return VK_SUCCESS; }
API void VKAPI_CALL ignore(void) {}

/* Objects without contents: a number that no other object has. */
static uint64_t next_handle(void) {
  static uint64_t last = 0x1000;
  return __atomic_add_fetch(&last, 16, __ATOMIC_RELAXED);
}

API VkResult VKAPI_CALL create_object(VkDevice device, const void *info, Callbacks callbacks, uint64_t *out) {
  *out = next_handle();
  return VK_SUCCESS;
}

API VkResult VKAPI_CALL allocate_sets(VkDevice device, const VkDescriptorSetAllocateInfo *info, VkDescriptorSet *sets) {
  for (uint32_t i = 0; i < info->descriptorSetCount; i++) sets[i] = (VkDescriptorSet)next_handle();
  return VK_SUCCESS;
}

/* The loader keeps its table in a command buffer's first word. */
API VkResult VKAPI_CALL allocate_commands(VkDevice device, const VkCommandBufferAllocateInfo *info,
                                          VkCommandBuffer *out) {
  for (uint32_t i = 0; i < info->commandBufferCount; i++) {
    VK_LOADER_DATA *data = calloc(1, sizeof *data);
    set_loader_magic_value(data);
    out[i] = (VkCommandBuffer)data;
  }
  return VK_SUCCESS;
}

API void VKAPI_CALL free_commands(VkDevice device, VkCommandPool pool, uint32_t count, const VkCommandBuffer *buffers) {
  for (uint32_t i = 0; i < count; i++) free(buffers[i]);
}

API VkResult VKAPI_CALL query_results(VkDevice device, VkQueryPool pool, uint32_t first, uint32_t count, size_t size,
                                      void *data, VkDeviceSize stride, VkQueryResultFlags flags) {
  memset(data, 0, size);
  return VK_SUCCESS;
}

API VkResult VKAPI_CALL semaphore_value(VkDevice device, VkSemaphore semaphore, uint64_t *value) {
  *value = UINT64_MAX;
  return VK_SUCCESS;
}

#include "null_gpu_memory.h"

/* ---- what is compiled ---- */

#include "null_gpu_log.h"

static VkInstance instance;

API VkResult VKAPI_CALL create_device(VkPhysicalDevice gpu, const VkDeviceCreateInfo *info, Callbacks callbacks,
                                      VkDevice *out) {
  PFN_vkCreateDevice create = (PFN_vkCreateDevice)radv_instance(instance, "vkCreateDevice");
  if (log_path() == NULL) return create(gpu, info, callbacks, out);
  VkPhysicalDevicePipelineExecutablePropertiesFeaturesKHR feature = {
      .sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_PIPELINE_EXECUTABLE_PROPERTIES_FEATURES_KHR,
      .pNext = (void *)info->pNext,
      .pipelineExecutableInfo = VK_TRUE,
  };
  uint32_t count = info->enabledExtensionCount;
  const char **names = malloc((count + 1) * sizeof *names);
  for (uint32_t i = 0; i < count; i++) names[i] = info->ppEnabledExtensionNames[i];
  names[count] = VK_KHR_PIPELINE_EXECUTABLE_PROPERTIES_EXTENSION_NAME;
  VkDeviceCreateInfo more = *info;
  more.pNext = &feature;
  more.enabledExtensionCount = count + 1;
  more.ppEnabledExtensionNames = names;
  VkResult result = create(gpu, &more, callbacks, out);
  free(names);
  return result;
}

API VkResult VKAPI_CALL create_instance(const VkInstanceCreateInfo *info, Callbacks callbacks, VkInstance *out) {
  PFN_vkCreateInstance create = (PFN_vkCreateInstance)radv_instance(NULL, "vkCreateInstance");
  VkResult result = create(info, callbacks, out);
  if (result == VK_SUCCESS) instance = *out;
  return result;
}

/* ---- which entry points are ours ---- */

API Function VKAPI_CALL instance_function(VkInstance of, const char *name);
API Function VKAPI_CALL device_function(VkDevice of, const char *name);

#define ENTRY(name, function) {"vk" name, (Function)(function)}
static const struct {
  const char *name;
  Function function;
} TABLE[] = {
    ENTRY("GetInstanceProcAddr", instance_function),
    ENTRY("GetDeviceProcAddr", device_function),
    ENTRY("CreateInstance", create_instance),
    ENTRY("CreateDevice", create_device),
    ENTRY("CreateShaderModule", create_module),
    ENTRY("CreateComputePipelines", create_pipelines),
    ENTRY("GetPhysicalDeviceMemoryProperties", memory_properties),
    ENTRY("GetPhysicalDeviceMemoryProperties2", memory_properties_2),
    ENTRY("AllocateMemory", allocate),
    ENTRY("FreeMemory", free_memory),
    ENTRY("MapMemory", map),
    ENTRY("UnmapMemory", ignore),
    ENTRY("FlushMappedMemoryRanges", succeed),
    ENTRY("InvalidateMappedMemoryRanges", succeed),
    ENTRY("CreateBuffer", create_buffer),
    ENTRY("DestroyBuffer", destroy_buffer),
    ENTRY("GetBufferMemoryRequirements", buffer_requirements),
    ENTRY("GetBufferMemoryRequirements2", buffer_requirements_2),
    ENTRY("GetDeviceBufferMemoryRequirements", device_buffer_requirements),
    ENTRY("BindBufferMemory", succeed),
    ENTRY("BindBufferMemory2", succeed),
    ENTRY("CreateCommandPool", create_object),
    ENTRY("DestroyCommandPool", ignore),
    ENTRY("ResetCommandPool", succeed),
    ENTRY("TrimCommandPool", ignore),
    ENTRY("AllocateCommandBuffers", allocate_commands),
    ENTRY("FreeCommandBuffers", free_commands),
    ENTRY("BeginCommandBuffer", succeed),
    ENTRY("EndCommandBuffer", succeed),
    ENTRY("ResetCommandBuffer", succeed),
    ENTRY("CreateDescriptorPool", create_object),
    ENTRY("DestroyDescriptorPool", ignore),
    ENTRY("ResetDescriptorPool", succeed),
    ENTRY("AllocateDescriptorSets", allocate_sets),
    ENTRY("FreeDescriptorSets", succeed),
    ENTRY("UpdateDescriptorSets", ignore),
    ENTRY("UpdateDescriptorSetWithTemplate", ignore),
    ENTRY("CreateQueryPool", create_object),
    ENTRY("DestroyQueryPool", ignore),
    ENTRY("ResetQueryPool", ignore),
    ENTRY("GetQueryPoolResults", query_results),
    ENTRY("CreateFence", create_object),
    ENTRY("DestroyFence", ignore),
    ENTRY("GetFenceStatus", succeed),
    ENTRY("ResetFences", succeed),
    ENTRY("WaitForFences", succeed),
    ENTRY("CreateSemaphore", create_object),
    ENTRY("DestroySemaphore", ignore),
    ENTRY("GetSemaphoreCounterValue", semaphore_value),
    ENTRY("SignalSemaphore", succeed),
    ENTRY("WaitSemaphores", succeed),
    ENTRY("QueueSubmit", succeed),
    ENTRY("QueueSubmit2", succeed),
    ENTRY("QueueWaitIdle", succeed),
    ENTRY("DeviceWaitIdle", succeed),
};

/* Ours, by the name without the ending that it had as an extension; whatever records a command does nothing. */
static Function ours(const char *name) {
  if (strncmp(name, "vkCmd", 5) == 0) return (Function)ignore;
  size_t length = strlen(name);
  if (length > 3 && strcmp(name + length - 3, "KHR") == 0) length -= 3;
  for (size_t i = 0; i < sizeof TABLE / sizeof *TABLE; i++)
    if (strncmp(TABLE[i].name, name, length) == 0 && TABLE[i].name[length] == 0) return TABLE[i].function;
  return NULL;
}

API Function VKAPI_CALL device_function(VkDevice of, const char *name) {
  Function theirs = radv_device(of, name), mine = ours(name);
  return theirs != NULL && mine != NULL ? mine : theirs;
}

API Function VKAPI_CALL instance_function(VkInstance of, const char *name) {
  load();
  Function theirs = radv_instance(of, name), mine = ours(name);
  if (of != NULL && radv_device == NULL)
    radv_device = (PFN_vkGetDeviceProcAddr)radv_instance(of, "vkGetDeviceProcAddr");
  return mine != NULL && (theirs != NULL || of == NULL) ? mine : theirs;
}

VKAPI_ATTR Function VKAPI_CALL vk_icdGetInstanceProcAddr(VkInstance of, const char *name) {
  return instance_function(of, name);
}

VKAPI_ATTR Function VKAPI_CALL vk_icdGetPhysicalDeviceProcAddr(VkInstance of, const char *name) {
  load();
  PFN_vkGetInstanceProcAddr find = (PFN_vkGetInstanceProcAddr)dlsym(radv, "vk_icdGetPhysicalDeviceProcAddr");
  Function theirs = find == NULL ? NULL : find(of, name), mine = ours(name);
  return theirs != NULL && mine != NULL ? mine : theirs;
}

VKAPI_ATTR VkResult VKAPI_CALL vk_icdNegotiateLoaderICDInterfaceVersion(uint32_t *version) {
  if (*version > 5) *version = 5;
  return VK_SUCCESS;
}
