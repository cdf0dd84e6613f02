package school.lectern.auth.quickstart;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import school.lectern.auth.ImportedToken;
import school.lectern.auth.LecternAuth;
import school.lectern.auth.Outcome;
import school.lectern.auth.format.TokenEnvironment;
import school.lectern.auth.preset.Lectern;
import school.lectern.auth.scope.ScopeSet;
import school.lectern.auth.spi.OpenStorage;
import school.lectern.auth.token.HashAlgorithm;
import school.lectern.auth.token.Token;
import school.lectern.auth.token.TokenHash;
import school.lectern.auth.token.TokenHasher;

/** The Java code of docs/importing.md. {@link ImportGuideTest} compares the two, and runs the code. */
final class ImportExamples {

    private ImportExamples() {}

    static LecternAuth judge(OpenStorage storage) {
        TokenHasher hasher = TokenHasher.builder()
                .accept(HashAlgorithm.BCRYPT)
                .accept(HashAlgorithm.SHA512)
                .build();
        LecternAuth auth = LecternAuth.builder(Lectern.DIALECT)
                .storage(storage)
                .hasher(hasher)
                .open();
        return auth;
    }

    static ImportedToken read(ResultSet row) throws SQLException {
        return ImportedToken.of(
                        row.getString("account"),
                        TokenEnvironment.LIVE,
                        TokenHash.bcrypt(row.getString("token_hash")),
                        row.getString("beginning"),
                        row.getTimestamp("created").toInstant().truncatedTo(ChronoUnit.MILLIS))
                .name(row.getString("label"))
                .scopes(ScopeSet.parse(row.getString("scopes")));
    }

    static void importAll(ResultSet row, LecternAuth auth, List<String> done, List<String> refused)
            throws SQLException {
        List<ImportedToken> portion = new ArrayList<>();
        while (row.next()) {
            portion.add(read(row));
            if (portion.size() == 1_000) {
                importPortion(portion, auth, done, refused);
                portion.clear();
            }
        }
        importPortion(portion, auth, done, refused);
    }

    static void importPortion(List<ImportedToken> portion, LecternAuth auth, List<String> done, List<String> refused) {
        List<Outcome<Token>> outcomes = auth.acrossTenants().importTokens(portion);
        for (int i = 0; i < outcomes.size(); i++) {
            if (outcomes.get(i) instanceof Outcome.Refused<Token> refusal) {
                refused.add(portion.get(i).visible() + ": " + refusal.error().kind());
            } else {
                done.add(outcomes.get(i).orElseThrow().id());
            }
        }
    }

    static TokenHasher accepting(byte[] first, byte[] second) {
        TokenHasher accepting = TokenHasher.builder()
                .pepper(1, first)
                .pepper(2, second)
                .currentPepper(1)
                .build();
        return accepting;
    }

    static TokenHasher changing(byte[] first, byte[] second) {
        TokenHasher changing = TokenHasher.builder()
                .pepper(1, first)
                .pepper(2, second)
                .currentPepper(2)
                .build();
        return changing;
    }

    static TokenHasher changed(byte[] second) {
        TokenHasher changed =
                TokenHasher.builder().pepper(2, second).currentPepper(2).build();
        return changed;
    }
}
