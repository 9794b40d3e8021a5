/* Puts the clock on the wall of one process wrong, loaded before it (LD_PRELOAD): CLOCK_OFF_S seconds are added to the
   time of day once CLOCK_OFF_AFTER_S seconds have passed since it started. How time passes (CLOCK_MONOTONIC) stays. */
#define _GNU_SOURCE
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static struct timespec started;

__attribute__((constructor)) static void start(void) {
    syscall(SYS_clock_gettime, CLOCK_MONOTONIC, &started);
}

static long seconds(const char *name) {
    const char *text = getenv(name);
    return text ? atol(text) : 0;
}

int clock_gettime(clockid_t which, struct timespec *now) {
    int failed = syscall(SYS_clock_gettime, which, now);
    if (!failed && which == CLOCK_REALTIME) {
        struct timespec passed;
        syscall(SYS_clock_gettime, CLOCK_MONOTONIC, &passed);
        if (passed.tv_sec - started.tv_sec >= seconds("CLOCK_OFF_AFTER_S"))
            now->tv_sec += seconds("CLOCK_OFF_S");
    }
    return failed;
}
