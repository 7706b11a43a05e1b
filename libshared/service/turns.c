#include "libshared/service/turns.h"

#include "libshared/base/mem.h"

struct turns {
    size_t left;
    TAILQ_HEAD(, turn) awaited;
};

struct turns *turns_new(const void *arena, size_t most)
{
    struct turns *turns = mem_new(arena, struct turns);
    turns->left = most;
    TAILQ_INIT(&turns->awaited);
    return turns;
}

static void begin_next(struct turns *turns)
{
    struct turn *turn = TAILQ_FIRST(&turns->awaited);
    if (turn == NULL || turns->left == 0)
        return;
    TAILQ_REMOVE(&turns->awaited, turn, link);
    turns->left--;
    turn->state = TURN_COME;
    turn->begin(turn->context);
}

void turns_take(struct turns *turns, struct turn *turn)
{
    turn->state = TURN_AWAITED;
    TAILQ_INSERT_TAIL(&turns->awaited, turn, link);
    begin_next(turns);
}

void turns_end(struct turns *turns, struct turn *turn)
{
    if (turn->state == TURN_AWAITED)
        TAILQ_REMOVE(&turns->awaited, turn, link);
    turns->left += turn->state == TURN_COME;
    turn->state = TURN_NONE;
    begin_next(turns);
}
