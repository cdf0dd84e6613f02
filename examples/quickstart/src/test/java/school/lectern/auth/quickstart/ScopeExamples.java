package school.lectern.auth.quickstart;

import school.lectern.auth.decision.Requirement;
import school.lectern.auth.http.RouteRules;
import school.lectern.auth.scope.ScopeGrammar;

/** The scopes of the guide to dialects. */
final class ScopeExamples {

    private ScopeExamples() {}

    static ScopeGrammar github() {
        ScopeGrammar github = ScopeGrammar.names(
                        "repo", "repo:status", "public_repo", "gist", "admin:org", "write:org", "read:org")
                .implies("repo", "repo:status", "public_repo")
                .implies("admin:org", "write:org")
                .implies("write:org", "read:org")
                .role("maintainer", "repo", "write:org");
        return github;
    }

    static ScopeGrammar free() {
        ScopeGrammar free = ScopeGrammar.anyName().withPatterns().withEverything();
        return free;
    }

    static RouteRules rules() {
        RouteRules rules = RouteRules.builder()
                .guard("GET", "/public/repos", Requirement.anyOf("public_repo", "read:org"))
                .guard("GET", "/orgs", "read:org", "gist")
                .guard("GET", "/repos/{id}", "read:repo-{id}")
                .build();
        return rules;
    }
}
