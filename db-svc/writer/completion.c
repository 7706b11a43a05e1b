#include "db-svc/writer/completion.h"

#include <poll.h>
#include <stdatomic.h>

#include "db-svc/store/store.h"
#include "libshared/base/log.h"
#include "libshared/base/mem.h"
#include "libshared/base/stop_flag.h"

#define RETRY_MS 5000
#define PATIENCE_MS 1000 /* at the end */
#define STEP_MS 10

struct completion {
    const struct settings *settings;
    pthread_t thread;
    struct stop_flag stop;
    atomic_bool busy; /* with the database */
};

static int complete(const struct settings *settings)
{
    char error[STORE_ERROR_SIZE];
    struct store *store;
    int r = store_open_patient(settings->mongo_uri, settings->mongo_db, error, &store);
    if (r < 0)
        return r;
    r = store_complete(store);
    if (r < 0)
        log_warning("store.not_completed", LOG_STR("reason", store_error(store)));
    store_close(store);
    return r;
}

static void *run(void *context)
{
    struct completion *completion = context;
    int r;
    do {
        completion->busy = true;
        r = complete(completion->settings);
        completion->busy = false;
    } while (r < 0 && !stop_flag_wait(&completion->stop, RETRY_MS));
    return NULL;
}

struct completion *completion_start(const struct settings *settings)
{
    struct completion *completion = mem_new(NULL, struct completion);
    completion->settings = settings;
    stop_flag_open(&completion->stop);
    if (pthread_create(&completion->thread, NULL, run, completion) == 0)
        return completion;
    stop_flag_close(&completion->stop);
    mem_free(completion);
    return NULL;
}

bool completion_stop(struct completion *completion)
{
    if (completion == NULL)
        return true;
    stop_flag_set(&completion->stop);
    for (int waited = 0; completion->busy && waited < PATIENCE_MS; waited += STEP_MS)
        (void)poll(NULL, 0, STEP_MS);
    if (completion->busy)
        return false;
    (void)pthread_join(completion->thread, NULL);
    stop_flag_close(&completion->stop);
    mem_free(completion);
    return true;
}
