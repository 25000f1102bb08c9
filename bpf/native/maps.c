/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Maps of the native build: arrays as memory, hashes as chains in order of insertion a bucket, LRU as a hash that drops
 * the entry that was inserted first.
 */
#include <errno.h>
#include <linux/bpf.h>
#include <stdlib.h>
#include <string.h>

#include "bpf/native/native.h"

__u64 native_jiffies;
__u32 native_by_helpers;
__u32 native_refuse_call;
static struct native_map *maps;
static native_fib fib;
static __u64 random_state;

enum { BUCKETS = 4096 };

struct element {
	struct element *next;
	struct element *older; /* list by insertion, for eviction */
	struct element *newer;
	unsigned char *value;
	unsigned char key[];
};

struct table {
	struct element *bucket[BUCKETS];
	struct element *oldest;
	struct element *newest;
};

static int is_array(const struct native_map *map)
{
	return map->type == BPF_MAP_TYPE_ARRAY || map->type == BPF_MAP_TYPE_PERCPU_ARRAY;
}

void native_map_register(struct native_map *map)
{
	map->next = maps;
	maps = map;
}

struct native_map *native_map_find(const char *name)
{
	for (struct native_map *map = maps; map; map = map->next)
		if (!strcmp(map->name, name))
			return map;
	return NULL;
}

static void *storage(struct native_map *map)
{
	if (!map->storage)
		map->storage =
		    is_array(map) ? calloc(map->max_entries, map->value_size) : calloc(1, sizeof(struct table));
	if (!map->storage)
		abort();
	return map->storage;
}

static struct element **find(struct native_map *map, const void *key)
{
	struct table *table = storage(map);
	struct element **at;
	__u32 hash = 2166136261U;

	for (__u32 i = 0; i < map->key_size; i++)
		hash = (hash ^ ((const unsigned char *)key)[i]) * 16777619U;
	for (at = &table->bucket[hash % BUCKETS]; *at; at = &(*at)->next)
		if (!memcmp((*at)->key, key, map->key_size))
			break;
	return at;
}

static void remove_at(struct native_map *map, struct element **at)
{
	struct table *table = map->storage;
	struct element *element = *at;

	*at = element->next;
	*(element->older ? &element->older->newer : &table->oldest) = element->newer;
	*(element->newer ? &element->newer->older : &table->newest) = element->older;
	free(element->value);
	free(element);
	map->entries--;
}

static long insert(struct native_map *map, struct element **at, const void *key, const void *value)
{
	struct table *table = map->storage;
	struct element *element = calloc(1, sizeof(*element) + map->key_size);

	if (!element || !(element->value = calloc(1, map->value_size)))
		abort();
	memcpy(element->key, key, map->key_size);
	memcpy(element->value, value, map->value_size);
	*at = element;
	element->older = table->newest;
	*(table->newest ? &table->newest->newer : &table->oldest) = element;
	table->newest = element;
	map->entries++;
	return 0;
}

void *native_map_lookup(struct native_map *map, const void *key)
{
	struct element **at;

	if (is_array(map)) {
		__u32 index;

		memcpy(&index, key, sizeof(index));
		if (index >= map->max_entries)
			return NULL;
		if (map->entries <= index)
			map->entries = index + 1; /* so far it may have been written */
		return (unsigned char *)storage(map) + (size_t)index * map->value_size;
	}
	at = find(map, key);
	return *at ? (*at)->value : NULL;
}

long native_map_update(struct native_map *map, const void *key, const void *value, __u64 flags)
{
	void *present = native_map_lookup(map, key);
	struct table *table;

	if (present) {
		if (flags == BPF_NOEXIST)
			return -EEXIST;
		memcpy(present, value, map->value_size);
		return 0;
	}
	if (flags == BPF_EXIST)
		return -ENOENT;
	if (is_array(map))
		return -E2BIG;
	if (map->entries >= map->max_entries) {
		if (map->type != BPF_MAP_TYPE_LRU_HASH)
			return -E2BIG;
		table = map->storage;
		remove_at(map, find(map, table->oldest->key));
	}
	return insert(map, find(map, key), key, value);
}

long native_map_delete(struct native_map *map, const void *key)
{
	struct element **at = find(map, key);

	if (!*at)
		return -ENOENT;
	remove_at(map, at);
	return 0;
}

long native_map_next(struct native_map *map, const void *previous, void *key)
{
	struct table *table = storage(map);
	struct element *element = table->oldest;

	if (previous) {
		struct element **at = find(map, previous);

		element = *at ? (*at)->newer : table->oldest;
	}
	if (!element)
		return -ENOENT;
	memcpy(key, element->key, map->key_size);
	return 0;
}

void native_reset(void)
{
	for (struct native_map *map = maps; map; map = map->next) {
		struct table *table = map->storage;

		if (table && is_array(map))
			memset(table, 0, (size_t)map->entries * map->value_size);
		while (table && !is_array(map) && table->oldest)
			remove_at(map, find(map, table->oldest->key));
		map->entries = 0;
	}
	native_jiffies = 0;
	native_by_helpers = 0;
	native_refuse_call = 0;
	fib = NULL;
	random_state = 0;
}

/* Deterministic, so that a failure can be repeated (splitmix64). */
__u32 native_random(void)
{
	__u64 value = random_state += 0x9e3779b97f4a7c15ULL;

	value = (value ^ value >> 30) * 0xbf58476d1ce4e5b9ULL;
	value = (value ^ value >> 27) * 0x94d049bb133111ebULL;
	return (value ^ value >> 31) >> 16;
}

void native_set_fib(native_fib answers)
{
	fib = answers;
}

long native_fib_lookup(struct bpf_fib_lookup *params)
{
	return fib ? fib(params) : BPF_FIB_LKUP_RET_NOT_FWDED;
}
