package school.lectern.auth.jdbc;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import school.lectern.auth.decision.AuthError.Kind;

/**
 * The decisions and changes of several processes, and a check of their consistency:
 * <ul>
 * <li>A decision that started after a change was confirmed does not allow a request by the state before the change.
 * <li>A decision does not allow a token after its expiry by the clock of the deciding node, nor by the clock of the database as
 * the node's last poll read it.
 * <li>Tokens that are not used become idle, and only those: see {@link IdleTokens}.
 * <li>A request that no change affects is not denied, unless the store was not available and the denial reports that.
 * </ul>
 * Every change only restricts a token, and permanently, so it is sufficient to know from when on each request with each token
 * had to be denied.
 */
final class RevocationHistory {

    private static final int QUESTIONS = TokenProbe.values().length;
    private static final int SHOWN = 5;

    /** How long a poll may take: up to this, a node knows the time of the database. */
    private static final long POLL_MILLIS = 15_000;

    private final List<SharedToken> tokens;
    private final List<ChangeRecord> changes;
    private final long longestLease;
    private final IdleTokens idle;
    private final List<String> stale = new ArrayList<>();
    private final Set<Integer> staleTokens = new HashSet<>();
    private final List<String> outlived = new ArrayList<>();
    private final List<String> wronglyDenied = new ArrayList<>();
    private int wronglyDeniedCount;
    private long decisions;
    private long allowed;
    private long unavailable;
    private long ended;

    /**
     * Creates a history.
     *
     * @param longestLease the maximum lease; after this time, all nodes enforce unconfirmed changes, too
     */
    RevocationHistory(List<SharedToken> tokens, List<ChangeRecord> changes, Duration longestLease, IdleTokens idle) {
        this.tokens = List.copyOf(tokens);
        this.changes = List.copyOf(changes);
        this.idle = idle;
        this.longestLease = longestLease.toNanos() + longestLease.toNanos() / 100;
    }

    /** Checks the decisions of a process. */
    void check(CacheNodeProcess node) throws IOException {
        long[] mustBeNo = new long[tokens.size() * QUESTIONS];
        Arrays.fill(mustBeNo, Long.MAX_VALUE);
        Map<Kind, long[]> mayBeNo = new EnumMap<>(Kind.class);
        for (ChangeRecord change : changes) {
            long[] mayBe = mayBeNo.computeIfAbsent(change.what.denial, kind -> {
                long[] never = new long[mustBeNo.length];
                Arrays.fill(never, Long.MAX_VALUE);
                return never;
            });
            long holds = holdsFrom(change, node);
            for (SharedToken token : tokens) {
                for (TokenProbe question : TokenProbe.values()) {
                    if (change.what.ends(question, change.token, token)) {
                        int place = place(token.index(), question);
                        if (change.what == RestrictiveChange.SUSPEND_TENANT || token.issued() < change.began) {
                            // Tokens that were issued later are not part of a group revocation.
                            mustBeNo[place] = Math.min(mustBeNo[place], holds);
                        }
                        mayBe[place] = Math.min(mayBe[place], change.began);
                    }
                }
            }
        }
        DecisionRecord.readAll(node.history(), decision -> check(decision, node, mustBeNo, mayBeNo));
    }

    /** Returns the time from which a process must enforce the change, or never if the outcome of the change is unknown. */
    private long holdsFrom(ChangeRecord change, CacheNodeProcess node) {
        if (change.is(ChangeRecord.Outcome.CONFIRMED)) {
            return change.ended;
        }
        if (change.is(ChangeRecord.Outcome.UNCONFIRMED) || change.is(ChangeRecord.Outcome.PENDING)) {
            return change.maker.equals(node) ? change.ended : change.ended + longestLease;
        }
        return Long.MAX_VALUE;
    }

    private static int place(int token, TokenProbe question) {
        return token * QUESTIONS + question.ordinal();
    }

    private void check(DecisionRecord decision, CacheNodeProcess node, long[] mustBeNo, Map<Kind, long[]> mayBeNo) {
        int place = place(decision.token(), decision.question());
        decisions++;
        Kind denial = decision.denial();
        long end = tokens.get(decision.token()).end();
        if (denial == null) {
            allowed++;
            long late = decision.begin() - mustBeNo[place];
            if (mustBeNo[place] != Long.MAX_VALUE && late > 0) {
                staleTokens.add(decision.token());
                if (stale.size() < SHOWN) {
                    stale.add(node + " allowed " + decision + ", " + late / 1_000 + " us after " + causes(decision));
                }
            }
            idle.noteAllowed(decision);
            boolean isOver =
                    decision.isFrom(end) || (end != SharedToken.NEVER && decision.isFromByMachine(end + POLL_MILLIS));
            if (isOver && outlived.size() < SHOWN) {
                outlived.add(node + " allowed " + decision + ", of a token that ended at " + end);
            }
        } else if (denial == Kind.UNAVAILABLE) {
            unavailable++;
        } else if (denial == Kind.EXPIRED
                && end != SharedToken.NEVER
                && (decision.mayEndAfter(end) || decision.mayEndAfterByMachine(end))) {
            ended++;
        } else if (idle.isChecked(decision, node)) {
            return;
        } else {
            long[] mayBe = mayBeNo.get(denial);
            if ((mayBe == null || decision.end() < mayBe[place]) && wronglyDeniedCount++ < SHOWN) {
                wronglyDenied.add(node + " denied " + decision);
            }
        }
    }

    private List<ChangeRecord> causes(DecisionRecord decision) {
        SharedToken asked = tokens.get(decision.token());
        return changes.stream()
                .filter(change -> change.what.ends(decision.question(), change.token, asked))
                .toList();
    }

    /** Returns the tokens of decisions that allowed a request by the state before a change that had to be enforced. */
    Set<Integer> staleTokens() {
        return staleTokens;
    }

    /** Returns the first few of those decisions. */
    List<String> stale() {
        return stale;
    }

    /** Returns the first few decisions that allowed a token that had expired. */
    List<String> outlived() {
        return outlived;
    }

    /** Returns the first few denials that no change explains. */
    List<String> wronglyDenied() {
        return wronglyDenied;
    }

    long decisions() {
        return decisions;
    }

    long allowed() {
        return allowed;
    }

    long unavailable() {
        return unavailable;
    }

    /** Returns the number of denials because the token had expired. */
    long ended() {
        return ended;
    }

    long changes(ChangeRecord.Outcome outcome) {
        return changes.stream().filter(change -> change.is(outcome)).count();
    }
}
