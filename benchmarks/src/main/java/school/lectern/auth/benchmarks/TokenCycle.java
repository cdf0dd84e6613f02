package school.lectern.auth.benchmarks;

import java.math.BigInteger;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.infra.ThreadParams;
import school.lectern.auth.decision.AuthRequest;

/**
 * The order in which a thread uses the tokens, in a cycle. Its steps are long, so that tokens that lie side by side in memory are
 * not used one after the other. Threads start far from each other, so that two of them seldom use the same one of many tokens.
 */
@State(Scope.Thread)
public class TokenCycle {

    /** The thread's own, which every digest leaves as it was at first. */
    final MessageDigest sha256 = sha256();

    private final String[] authorization = new String[1];
    private final AuthRequest request = Tokens.request(Arrays.asList(authorization));
    private int tokens;
    private int step;
    private int turn;

    /** Learns how many there are, and how many threads share them. */
    @Setup
    public void setUp(Tokens all, ThreadParams threads) {
        start(all.tokens, threads.getThreadIndex(), threads.getThreadCount());
    }

    void start(int count, int thread, int threads) {
        tokens = count;
        // Without a divisor in common, all are met before one is met again.
        step = (int) (count * 0.618);
        while (BigInteger.valueOf(step).gcd(BigInteger.valueOf(count)).intValue() != 1) {
            step++;
        }
        turn = (int) ((long) count * thread / threads);
    }

    int next() {
        turn += step;
        turn -= turn < tokens ? 0 : tokens;
        return turn;
    }

    /** The thread's request, which presents the next of the tokens; there may be fewer headers than tokens. */
    AuthRequest presenting(String[] headers) {
        int next = next();
        return presenting(headers[next < headers.length ? next : next % headers.length]);
    }

    AuthRequest presenting(String header) {
        authorization[0] = header;
        return request;
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException everyJdkHasIt) {
            throw new IllegalStateException(everyJdkHasIt);
        }
    }
}
