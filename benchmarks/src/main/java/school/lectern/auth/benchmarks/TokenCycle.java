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
 * The order in which a thread uses the tokens, in a cycle. The steps are long, so that tokens next to each other in memory are
 * not used one after the other. The threads start far apart, so that with many tokens two threads rarely use the same token.
 */
@State(Scope.Thread)
public class TokenCycle {

    /** The thread's own digest, which every use resets to its initial state. */
    final MessageDigest sha256 = sha256();

    private final String[] authorization = new String[1];
    private final AuthRequest request = Tokens.request(Arrays.asList(authorization));
    private int tokens;
    private int step;
    private int turn;

    /** Computes the start and the step from the number of tokens and the number of threads. */
    @Setup
    public void setUp(Tokens all, ThreadParams threads) {
        start(all.tokens, threads.getThreadIndex(), threads.getThreadCount());
    }

    void start(int count, int thread, int threads) {
        tokens = count;
        // Without a common divisor, every token is used before any is used again.
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

    /** Returns the thread's request with the next token. There may be fewer headers than tokens. */
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
