/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * sim FIRST LAST [STEP]: runs these seeds; sim -v SEED: one, told in words;
 * sim -m SEED DIR: makes it small, writes replay files to DIR.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "lib/util.h"
#include "tests/sim/sim.h"

static bool
run_seed(struct sim_world *w, const struct sim_script *s)
{
	bool is_good;

	sim_world_init(w, s);
	is_good = sim_world_run(w);
	if (!is_good)
		(void)printf("FAIL seed %llu at %.6f: %s: %s\n",
			     (unsigned long long)s->seed,
			     (double)w->failed_at / SEC(1), w->what,
			     w->failure);
	return is_good;
}

static int
run_range(struct sim_world *w, uint64_t first, uint64_t last, uint64_t step)
{
	uint64_t passed = 0, failed = 0, steps = 0, adverts = 0, moves = 0;
	static struct sim_script s;

	for (uint64_t seed = first; seed <= last; seed += step) {
		sim_script_make(&s, seed);
		if (run_seed(w, &s))
			passed++;
		else
			failed++;
		steps += w->steps;
		adverts += w->adverts;
		moves += w->transitions;
		sim_world_fini(w);
	}
	(void)printf("%llu steps, %llu adverts, %llu transitions\n",
		     (unsigned long long)steps, (unsigned long long)adverts,
		     (unsigned long long)moves);
	(void)printf("%llu passed, %llu failed, 0 skipped\n",
		     (unsigned long long)passed, (unsigned long long)failed);
	return failed > 0;
}

static int
run_one(struct sim_world *w, uint64_t seed)
{
	static struct sim_script s;
	bool is_good;

	sim_script_make(&s, seed);
	sim_script_print(&s);
	w->is_loud = true;
	is_good = run_seed(w, &s);
	sim_world_fini(w);
	(void)printf("%d passed, %d failed, 0 skipped\n", is_good, !is_good);
	return !is_good;
}

static int
minimise(struct sim_world *w, uint64_t seed, const char *dir)
{
	static struct sim_script s;

	sim_script_make(&s, seed);
	if (!sim_minimise(&s)) {
		(void)printf("seed %llu does not fail\n",
			     (unsigned long long)seed);
		return 1;
	}
	sim_script_print(&s);
	w->is_traced = true;
	(void)run_seed(w, &s);
	for (uint32_t n = 0; n < s.n_nodes; n++) {
		char path[512];

		if (w->node[n].trace.len == 0)
			continue;
		(void)snprintf(path, sizeof(path), "%s/sim-%llu-%u.rpl", dir,
			       (unsigned long long)seed, n);
		if (sim_trace_write(w, n, path) != 0)
			(void)printf("%s: %s\n", path, strerror(errno));
		else
			(void)printf("%s%s\n", path,
				     n == w->failed_node ? " (the one)" : "");
	}
	sim_world_fini(w);
	return 0;
}

static uint64_t
number(const char *s)
{
	return strtoull(s, NULL, 10);
}

int
main(int argc, char **argv)
{
	static struct sim_world w;
	const struct log_opts quiet = {.ident = "sim"};
	const struct log_opts loud = {
		.ident = "sim", .use_console = true, .detail = 1};
	bool is_one = argc == 3 && strcmp(argv[1], "-v") == 0;

	log_open(is_one ? &loud : &quiet);
	if (is_one)
		return run_one(&w, number(argv[2]));
	if (argc == 4 && strcmp(argv[1], "-m") == 0)
		return minimise(&w, number(argv[2]), argv[3]);
	if (argc == 3 || argc == 4)
		return run_range(&w, number(argv[1]), number(argv[2]),
				 argc == 4 ? number(argv[3]) : 1);
	(void)fprintf(stderr, "usage: sim FIRST LAST [STEP] | -v SEED | "
			      "-m SEED DIR\n");
	return 2;
}
