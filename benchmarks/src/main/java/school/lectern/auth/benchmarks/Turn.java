package school.lectern.auth.benchmarks;

import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** Whose turn it is: a thread goes round and round the tokens. */
@State(Scope.Thread)
public class Turn {

    private int tokens;
    private int turn;

    /** Learns how many there are. */
    @Setup
    public void setUp(Tokens all) {
        tokens = all.tokens;
    }

    int next() {
        turn = turn + 1 < tokens ? turn + 1 : 0;
        return turn;
    }
}
