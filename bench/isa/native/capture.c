// A Vulkan layer that keeps the SPIR-V which a browser's compiler hands to the driver.
//
// While the environment has SEQGRAD_SPIRV, a path, the next compute pipeline's SPIR-V is written there, and the driver is not asked:
// it would compile for the machine at hand, and nobody runs the pipeline. Everything else goes through.
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <vulkan/vk_layer.h>
#include <vulkan/vulkan.h>

static const VkPipeline nothing = (VkPipeline)(uintptr_t)0x5e96;

static VkInstance the_instance;
static PFN_vkGetInstanceProcAddr next_instance_address;
static PFN_vkGetDeviceProcAddr next_device_address;
static PFN_vkCreateShaderModule next_create_module;
static PFN_vkDestroyShaderModule next_destroy_module;
static PFN_vkCreateComputePipelines next_create_pipelines;
static PFN_vkDestroyPipeline next_destroy_pipeline;

struct Code {
  VkShaderModule module;
  size_t bytes;
  uint32_t *words;
  struct Code *next;
};
static struct Code *codes;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static VkResult create_module(VkDevice device, const VkShaderModuleCreateInfo *info, const VkAllocationCallbacks *allocator,
                              VkShaderModule *module) {
  VkResult result = next_create_module(device, info, allocator, module);
  if (result != VK_SUCCESS) return result;
  struct Code *code = malloc(sizeof *code);
  *code = (struct Code){*module, info->codeSize, malloc(info->codeSize), NULL};
  memcpy(code->words, info->pCode, info->codeSize);
  pthread_mutex_lock(&lock);
  code->next = codes;
  codes = code;
  pthread_mutex_unlock(&lock);
  return result;
}

static void destroy_module(VkDevice device, VkShaderModule module, const VkAllocationCallbacks *allocator) {
  pthread_mutex_lock(&lock);
  for (struct Code **at = &codes; *at; at = &(*at)->next) {
    if ((*at)->module != module) continue;
    struct Code *code = *at;
    *at = code->next;
    free(code->words);
    free(code);
    break;
  }
  pthread_mutex_unlock(&lock);
  next_destroy_module(device, module, allocator);
}

static void keep(const char *path, const VkComputePipelineCreateInfo *info) {
  const uint32_t *words = NULL;
  size_t bytes = 0;
  // a module may be given in place, without a handle
  for (const VkBaseInStructure *each = info->stage.pNext; each; each = each->pNext) {
    if (each->sType != VK_STRUCTURE_TYPE_SHADER_MODULE_CREATE_INFO) continue;
    words = ((const VkShaderModuleCreateInfo *)each)->pCode;
    bytes = ((const VkShaderModuleCreateInfo *)each)->codeSize;
  }
  pthread_mutex_lock(&lock);
  for (struct Code *code = codes; code && !words; code = code->next) {
    if (code->module != info->stage.module) continue;
    words = code->words;
    bytes = code->bytes;
  }
  FILE *file = words ? fopen(path, "wb") : NULL;
  if (file) {
    fwrite(words, 1, bytes, file);
    fclose(file);
  }
  pthread_mutex_unlock(&lock);
}

static VkResult create_pipelines(VkDevice device, VkPipelineCache cache, uint32_t count, const VkComputePipelineCreateInfo *infos,
                                 const VkAllocationCallbacks *allocator, VkPipeline *pipelines) {
  const char *path = getenv("SEQGRAD_SPIRV");
  if (!path || !*path) return next_create_pipelines(device, cache, count, infos, allocator, pipelines);
  for (uint32_t i = 0; i < count; i++) {
    keep(path, &infos[i]);
    pipelines[i] = nothing;
  }
  return VK_SUCCESS;
}

static void destroy_pipeline(VkDevice device, VkPipeline pipeline, const VkAllocationCallbacks *allocator) {
  if (pipeline != nothing) next_destroy_pipeline(device, pipeline, allocator);
}

/** The link that the loader left for this layer in a chain of structures. */
static const VkBaseInStructure *find(const void *chain, VkStructureType type, VkLayerFunction function) {
  for (const VkBaseInStructure *each = chain; each; each = each->pNext) {
    if (each->sType == type && ((const VkLayerDeviceCreateInfo *)each)->function == function) return each;
  }
  return NULL;
}

static VkResult create_instance(const VkInstanceCreateInfo *info, const VkAllocationCallbacks *allocator, VkInstance *instance) {
  VkLayerInstanceCreateInfo *link =
      (VkLayerInstanceCreateInfo *)find(info->pNext, VK_STRUCTURE_TYPE_LOADER_INSTANCE_CREATE_INFO, VK_LAYER_LINK_INFO);
  if (!link) return VK_ERROR_INITIALIZATION_FAILED;
  next_instance_address = link->u.pLayerInfo->pfnNextGetInstanceProcAddr;
  link->u.pLayerInfo = link->u.pLayerInfo->pNext;
  VkResult result = ((PFN_vkCreateInstance)next_instance_address(NULL, "vkCreateInstance"))(info, allocator, instance);
  the_instance = *instance;
  return result;
}

static VkResult create_device(VkPhysicalDevice physical, const VkDeviceCreateInfo *info, const VkAllocationCallbacks *allocator,
                              VkDevice *device) {
  VkLayerDeviceCreateInfo *link =
      (VkLayerDeviceCreateInfo *)find(info->pNext, VK_STRUCTURE_TYPE_LOADER_DEVICE_CREATE_INFO, VK_LAYER_LINK_INFO);
  if (!link) return VK_ERROR_INITIALIZATION_FAILED;
  PFN_vkGetInstanceProcAddr instance_address = link->u.pLayerInfo->pfnNextGetInstanceProcAddr;
  next_device_address = link->u.pLayerInfo->pfnNextGetDeviceProcAddr;
  link->u.pLayerInfo = link->u.pLayerInfo->pNext;
  VkResult result = ((PFN_vkCreateDevice)instance_address(the_instance, "vkCreateDevice"))(physical, info, allocator, device);
  if (result != VK_SUCCESS) return result;
#define NEXT(name) (PFN_##name)next_device_address(*device, #name)
  next_create_module = NEXT(vkCreateShaderModule);
  next_destroy_module = NEXT(vkDestroyShaderModule);
  next_create_pipelines = NEXT(vkCreateComputePipelines);
  next_destroy_pipeline = NEXT(vkDestroyPipeline);
#undef NEXT
  return result;
}

static PFN_vkVoidFunction device_address(VkDevice device, const char *name);
static PFN_vkVoidFunction instance_address(VkInstance instance, const char *name);

static PFN_vkVoidFunction ours(const char *name) {
  static const struct {
    const char *name;
    PFN_vkVoidFunction function;
  } functions[] = {
#define OURS(name, function) {#name, (PFN_vkVoidFunction)function}
      OURS(vkGetInstanceProcAddr, instance_address),
      OURS(vkGetDeviceProcAddr, device_address),
      OURS(vkCreateInstance, create_instance),
      OURS(vkCreateDevice, create_device),
      OURS(vkCreateShaderModule, create_module),
      OURS(vkDestroyShaderModule, destroy_module),
      OURS(vkCreateComputePipelines, create_pipelines),
      OURS(vkDestroyPipeline, destroy_pipeline),
#undef OURS
  };
  for (size_t i = 0; i < sizeof functions / sizeof *functions; i++) {
    if (strcmp(name, functions[i].name) == 0) return functions[i].function;
  }
  return NULL;
}

static PFN_vkVoidFunction device_address(VkDevice device, const char *name) {
  PFN_vkVoidFunction own = ours(name);
  return own ? own : next_device_address(device, name);
}

static PFN_vkVoidFunction instance_address(VkInstance instance, const char *name) {
  PFN_vkVoidFunction own = ours(name);
  return own || !next_instance_address ? own : next_instance_address(instance, name);
}

__attribute__((visibility("default"))) VkResult vkNegotiateLoaderLayerInterfaceVersion(VkNegotiateLayerInterface *version) {
  if (version->loaderLayerInterfaceVersion > 2) version->loaderLayerInterfaceVersion = 2;
  version->pfnGetInstanceProcAddr = instance_address;
  version->pfnGetDeviceProcAddr = device_address;
  version->pfnGetPhysicalDeviceProcAddr = NULL;
  return VK_SUCCESS;
}
