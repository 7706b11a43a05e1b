/* Ownership and commit: two processes that both believe to own a partition, a crash at any step,
 * commands delivered again, a stop of any length, and commits whose answer is lost.
 *
 * Two command topics, each with one command of the same event: its facts come for the first time in
 * the order of their sequences, whatever is read first.
 *
 * A comment beside a step says what it takes for granted of MongoDB or of Kafka. `make model` has
 * Spin try every order of steps, and holds that each broken variant fails: NO_FENCE, NO_RECEIPTS,
 * NO_BACKLOG, EARLY_OFFSETS, EARLY_ANSWERS, NOT_SETTLED. */

#define MESSAGES 2 /* one of each topic */
#define RAISES 4

/* MongoDB: what is committed by the majority, and journaled. */
byte epoch, sequence;    /* of the fence; the sequence is the last one given to a fact */
byte receipts[MESSAGES]; /* the sequence of the fact that each holds; 0: there is none */
byte effects[MESSAGES];  /* how often each command was done */

/* Kafka: what is acknowledged by all replicas in sync. */
bool committed[MESSAGES]; /* the group's offset is behind it */
bool published[MESSAGES];
byte newest; /* the greatest sequence published */

bool answered[MESSAGES]; /* the client was told that its command is done */
bool dead[2];            /* to crash at the next step */

inline answer(m)
{
    assert(effects[m] > 0); /* B: what is told is in the database */
    answered[m] = true
}

/* D: readers drop a fact whose sequence is not greater than what they know. */
inline publish(m, number)
{
    atomic {
        if
        :: !published[m] ->
            assert(number > newest);
            newest = number;
            published[m] = true
        :: else -> skip
        fi
    }
}

/* A transaction is done as a whole or not at all, and a write of what another has written since it
 * began is refused. The fence is written first. The answer may be lost either way. */
inline commit(m)
{
    atomic {
        lost = false;
        fenced = false;
        if
#ifdef NO_FENCE
        :: receipts[m] == seen ->
#else
        :: epoch == mine && receipts[m] == seen ->
#endif
            if
            :: true ->
                receipts[m] = given;
                effects[m]++;
                sequence = given;
                if
                :: lost = true
                :: skip
                fi
            :: lost = true; /* never done */
            fi
        :: else -> fenced = true
        fi
    }
}

/* After a lost answer the fence is read: whether it is as the commit would have left it. */
inline settle()
{
    atomic {
        if
#ifdef NOT_SETTLED
        :: true -> lost = false
#else
        :: epoch != mine -> fenced = true
        :: epoch == mine && sequence == given -> lost = false
        :: else -> skip /* not done: again */
#endif
        fi
    }
}

proctype writer(byte self)
{
    byte mine, next, seen, given;
    bool lost, fenced;
    bool todo[MESSAGES], left[MESSAGES];

take_over:
    {
        atomic {
            /* The raise is a transaction: of two at once, one has a write conflict. */
            if
            :: epoch < RAISES -> epoch++
            :: else -> goto over
            fi;
            mine = epoch
        };
        /* Whoever is assigned the partition reads from the committed offsets. */
        atomic { todo[0] = !committed[0]; todo[1] = !committed[1] };
#ifndef NO_BACKLOG
        /* Nobody else decides any more: the fence says what was. Its facts come first, in order. */
        atomic { left[0] = todo[0] && receipts[0] != 0; left[1] = todo[1] && receipts[1] != 0 };
        do
        :: left[0] && (!left[1] || receipts[0] < receipts[1]) ->
            publish(0, receipts[0]);
            left[0] = false
        :: left[1] && (!left[0] || receipts[1] < receipts[0]) ->
            publish(1, receipts[1]);
            left[1] = false
        :: else -> break
        od;
#endif
        do
        :: todo[0] || todo[1] ->
            if
            :: todo[0] -> next = 0
            :: todo[1] -> next = 1
            fi;
#ifdef EARLY_OFFSETS
            committed[next] = true;
#endif
            /* Reads of a transaction are of one moment. */
            atomic {
                seen = receipts[next];
                given = sequence + 1;
                lost = false;
                fenced = false
            };
#ifdef NO_RECEIPTS
            if
            :: true ->
                atomic { seen = receipts[next] };
#else
            if
            :: seen != 0 -> given = seen
            :: else ->
#endif
#ifdef EARLY_ANSWERS
                answer(next);
#endif
                commit(next);
                if
                :: lost && !fenced -> settle()
                :: else -> skip
                fi
            fi;
            if
            :: fenced -> goto take_over
            :: lost -> skip /* read it again */
            :: else ->
                publish(next, given);
                answer(next);
                /* The coordinator refuses the commits of an older generation. */
                atomic {
                    if
                    :: epoch == mine -> committed[next] = true
                    :: else -> skip
                    fi
                };
                todo[next] = false
            fi
        :: else -> break
        od
    } unless {
        atomic {
            dead[self];
            dead[self] = false
        };
        goto take_over
    };
    atomic {
        if
        :: epoch == mine -> /* nobody came after: all is done, once, told and published */
            next = 0;
            do
            :: next < MESSAGES ->
                assert(effects[next] == 1 && answered[next] && published[next]);
                next++
            :: else -> break
            od
        :: else -> skip
        fi
    };
over:
    skip
}

init
{
    atomic {
        run writer(0);
        run writer(1)
    };
    dead[0] = true;
    dead[1] = true
}
