/* Every program that loads this lives SHIFT seconds away from the machine's clock.
 *
 * Dates that the kernel tells are moved by SHIFT, dates that it is given are moved back. Clocks that count from the
 * start of the machine stay. libfaketime does not serve here: it forgets the date inside a chroot, where Dovecot logs
 * in, and wants variables that supervisord, Postfix and Dovecot do not pass on.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdarg.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>
#include <utime.h>

/* How far a date of a file is moved: by the date as the kernel has it, and as the program gives it. */
#ifndef SHIFT_AT
#define SHIFT_AT(date) SHIFT
#define SHIFT_OF(date) SHIFT
#endif

#define REAL(name) ({ \
    static __typeof__(&name) next; \
    if (!next) next = (__typeof__(&name)) dlsym(RTLD_NEXT, #name); \
    next; })

/* The present */

static int is_date(clockid_t id) { return id == CLOCK_REALTIME || id == CLOCK_REALTIME_COARSE || id == CLOCK_TAI; }

int clock_gettime(clockid_t id, struct timespec *now) {
    int code = REAL(clock_gettime)(id, now);
    if (!code && is_date(id)) now->tv_sec += SHIFT;
    return code;
}

int timespec_get(struct timespec *now, int base) {
    int code = REAL(timespec_get)(now, base);
    if (code == TIME_UTC) now->tv_sec += SHIFT;
    return code;
}

int gettimeofday(struct timeval *restrict now, void *restrict zone) {
    int code = REAL(gettimeofday)(now, zone);
    if (!code) now->tv_sec += SHIFT;
    return code;
}

time_t time(time_t *place) {
    time_t now = REAL(time)(NULL) + SHIFT;
    if (place) *place = now;
    return now;
}

/* libev asks the kernel this way. */
long syscall(long number, ...) {
    long word[6];
    va_list list;
    va_start(list, number);
    for (int i = 0; i < 6; i++) word[i] = va_arg(list, long);
    va_end(list);
    long code = REAL(syscall)(number, word[0], word[1], word[2], word[3], word[4], word[5]);
    if (number == SYS_clock_gettime && !code && is_date(word[0])) ((struct timespec *) word[1])->tv_sec += SHIFT;
    return code;
}

/* The moment at which a message came in, as rsyslog asks for it */
ssize_t recvmsg(int socket, struct msghdr *message, int flags) {
    ssize_t size = REAL(recvmsg)(socket, message, flags);
    if (size < 0) return size;
    for (struct cmsghdr *part = CMSG_FIRSTHDR(message); part; part = CMSG_NXTHDR(message, part))
        if (part->cmsg_level == SOL_SOCKET && part->cmsg_type == SCM_TIMESTAMP)
            ((struct timeval *) CMSG_DATA(part))->tv_sec += SHIFT;
    return size;
}

/* Dates of files */

static int moved(int code, struct stat *file) {
    if (code) return code;
    file->st_atim.tv_sec += SHIFT_AT(file->st_atim.tv_sec);
    file->st_mtim.tv_sec += SHIFT_AT(file->st_mtim.tv_sec);
    file->st_ctim.tv_sec += SHIFT_AT(file->st_ctim.tv_sec);
    return 0;
}

int stat(const char *restrict path, struct stat *restrict file) { return moved(REAL(stat)(path, file), file); }
int lstat(const char *restrict path, struct stat *restrict file) { return moved(REAL(lstat)(path, file), file); }
int fstat(int fd, struct stat *file) { return moved(REAL(fstat)(fd, file), file); }
int fstatat(int dir, const char *restrict path, struct stat *restrict file, int flags) {
    return moved(REAL(fstatat)(dir, path, file, flags), file);
}
int stat64(const char *restrict path, struct stat64 *restrict file) { return stat(path, (struct stat *) file); }
int lstat64(const char *restrict path, struct stat64 *restrict file) { return lstat(path, (struct stat *) file); }
int fstat64(int fd, struct stat64 *file) { return fstat(fd, (struct stat *) file); }
int fstatat64(int dir, const char *restrict path, struct stat64 *restrict file, int flags) {
    return fstatat(dir, path, (struct stat *) file, flags);
}

int statx(int dir, const char *restrict path, int flags, unsigned mask, struct statx *restrict file) {
    int code = REAL(statx)(dir, path, flags, mask, file);
    if (code) return code;
    file->stx_atime.tv_sec += SHIFT_AT(file->stx_atime.tv_sec);
    file->stx_btime.tv_sec += SHIFT_AT(file->stx_btime.tv_sec);
    file->stx_ctime.tv_sec += SHIFT_AT(file->stx_ctime.tv_sec);
    file->stx_mtime.tv_sec += SHIFT_AT(file->stx_mtime.tv_sec);
    return 0;
}

static const struct timespec *back(const struct timespec given[2], struct timespec real[2]) {
    if (!given) return NULL;
    for (int i = 0; i < 2; i++) {
        real[i] = given[i];
        if (given[i].tv_nsec != UTIME_NOW && given[i].tv_nsec != UTIME_OMIT) real[i].tv_sec -= SHIFT_OF(given[i].tv_sec);
    }
    return real;
}

int utimensat(int dir, const char *path, const struct timespec times[2], int flags) {
    struct timespec real[2];
    return REAL(utimensat)(dir, path, back(times, real), flags);
}

int futimens(int fd, const struct timespec times[2]) {
    struct timespec real[2];
    return REAL(futimens)(fd, back(times, real));
}

static const struct timespec *precise(const struct timeval given[2], struct timespec times[2]) {
    if (!given) return NULL;
    for (int i = 0; i < 2; i++) TIMEVAL_TO_TIMESPEC(&given[i], &times[i]);
    return times;
}

int futimesat(int dir, const char *path, const struct timeval given[2]) {
    struct timespec times[2];
    return utimensat(dir, path, precise(given, times), 0);
}
int utimes(const char *path, const struct timeval given[2]) { return futimesat(AT_FDCWD, path, given); }
int futimes(int fd, const struct timeval given[2]) {
    struct timespec times[2];
    return futimens(fd, precise(given, times));
}
int lutimes(const char *path, const struct timeval given[2]) {
    struct timespec times[2];
    return utimensat(AT_FDCWD, path, precise(given, times), AT_SYMLINK_NOFOLLOW);
}
int utime(const char *path, const struct utimbuf *given) {
    if (!given) return utimensat(AT_FDCWD, path, NULL, 0);
    struct timespec times[2] = {{.tv_sec = given->actime}, {.tv_sec = given->modtime}};
    return utimensat(AT_FDCWD, path, times, 0);
}

/* Dates that are waited for. A clock that counts from the machine's start has seen no thousand million seconds. */

static struct timespec awaited(const struct timespec *given) {
    struct timespec real = *given;
    if (real.tv_sec > 1000000000) real.tv_sec -= SHIFT;
    return real;
}

int pthread_cond_timedwait(pthread_cond_t *restrict it, pthread_mutex_t *restrict lock, const struct timespec *restrict at) {
    struct timespec real = awaited(at);
    return REAL(pthread_cond_timedwait)(it, lock, &real);
}
int pthread_cond_clockwait(pthread_cond_t *it, pthread_mutex_t *lock, clockid_t id, const struct timespec *at) {
    struct timespec real = awaited(at);
    return REAL(pthread_cond_clockwait)(it, lock, id, &real);
}
int pthread_mutex_timedlock(pthread_mutex_t *restrict lock, const struct timespec *restrict at) {
    struct timespec real = awaited(at);
    return REAL(pthread_mutex_timedlock)(lock, &real);
}
int sem_timedwait(sem_t *restrict it, const struct timespec *restrict at) {
    struct timespec real = awaited(at);
    return REAL(sem_timedwait)(it, &real);
}
int sem_clockwait(sem_t *restrict it, clockid_t id, const struct timespec *restrict at) {
    struct timespec real = awaited(at);
    return REAL(sem_clockwait)(it, id, &real);
}
int clock_nanosleep(clockid_t id, int flags, const struct timespec *at, struct timespec *rest) {
    struct timespec real = flags & TIMER_ABSTIME ? awaited(at) : *at;
    return REAL(clock_nanosleep)(id, flags, &real, rest);
}
int timerfd_settime(int fd, int flags, const struct itimerspec *at, struct itimerspec *before) {
    struct itimerspec real = *at;
    if (flags & TFD_TIMER_ABSTIME) real.it_value = awaited(&at->it_value);
    return REAL(timerfd_settime)(fd, flags, &real, before);
}
